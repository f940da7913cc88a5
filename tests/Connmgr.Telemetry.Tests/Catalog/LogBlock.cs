namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The hundred event ids of an area.</summary>
/// <param name="First">The first id.</param>
/// <param name="Area">The area that uses them.</param>
internal sealed record LogBlock(int First, string Area)
{
    public int Last => First + 99;
}
