namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>What the page says of a log event beside what the code does.</summary>
/// <param name="Id">The event id.</param>
/// <param name="Name">The event name. Said twice, so that neither is changed without a thought: others filter by it.</param>
/// <param name="Meaning">What it means, or what to do about it.</param>
/// <param name="Bound">For what a remote peer can set off: what bounds the lines. Null when none can.</param>
internal sealed record LogMeaning(int Id, string Name, string Meaning, string? Bound = null);
