namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>A tag of measurements.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Meaning">What it tells.</param>
/// <param name="Values">All its values; empty when <paramref name="Bound"/> says what bounds them.</param>
/// <param name="Bound">Why there are few values, when they can't be listed.</param>
internal sealed record TagInfo(string Key, string Meaning, IReadOnlyList<string> Values, string? Bound = null);
