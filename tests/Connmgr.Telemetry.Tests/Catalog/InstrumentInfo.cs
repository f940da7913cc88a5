namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>What the page says of an instrument beside what the code does: its tags.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tags">The tags that each measurement has.</param>
/// <param name="Optional">The tags that some measurements have.</param>
internal sealed record InstrumentInfo(string Name, string[] Tags, params string[] Optional);
