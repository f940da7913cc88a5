namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>A span.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Parent">The span above it; null for none.</param>
/// <param name="Meaning">The work that it covers.</param>
/// <param name="Tags">The tags that it always has.</param>
/// <param name="Optional">The tags that it sometimes has.</param>
internal sealed record SpanInfo(string Name, string Kind, string? Parent, string Meaning, string[] Tags, params string[] Optional);
