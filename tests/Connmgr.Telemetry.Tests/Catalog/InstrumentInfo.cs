namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The tags of an instrument; everything else on the page comes from the code.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tags">The tags that each measurement has.</param>
/// <param name="Optional">The tags that some measurements have.</param>
internal sealed record InstrumentInfo(string Name, string[] Tags, params string[] Optional);
