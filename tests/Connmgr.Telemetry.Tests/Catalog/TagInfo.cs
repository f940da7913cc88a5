namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>A tag of measurements.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Meaning">Its meaning.</param>
/// <param name="Values">All its values; empty when there is a <paramref name="Bound"/>.</param>
/// <param name="Bound">The reason why there are few values, when they cannot be listed.</param>
internal sealed record TagInfo(string Key, string Meaning, IReadOnlyList<string> Values, string? Bound = null);
