namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>A hundred event ids, and whose they are.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Area">Whose they are.</param>
internal sealed record LogBlock(int First, string Area)
{
    public int Last => First + 99;
}
