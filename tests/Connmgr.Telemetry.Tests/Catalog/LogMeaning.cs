namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The meaning of a log event; everything else on the page comes from the code.</summary>
/// <param name="Id">The event id.</param>
/// <param name="Name">The event name. Written down a second time, because users filter by it: a change must be deliberate.</param>
/// <param name="Meaning">Its meaning, or the remedy.</param>
/// <param name="Bound">The bound of its lines when a remote peer can trigger it; otherwise null.</param>
internal sealed record LogMeaning(int Id, string Name, string Meaning, string? Bound = null);
