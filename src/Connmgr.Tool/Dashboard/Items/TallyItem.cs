namespace Connmgr.Tool;

/// <summary>What was counted since the start. The names are those of the JSON.</summary>
/// <param name="Dials">Attempts begun.</param>
/// <param name="Failed">Attempts that failed, by cause; those that we gave up are not among them.</param>
/// <param name="GivenUp">Attempts that we gave up, above all as another was faster.</param>
/// <param name="Connected">Connections established.</param>
/// <param name="Disconnected">Connections that ended.</param>
/// <param name="Refused">Inbound connections that were refused.</param>
internal sealed record TallyItem(long Dials, IReadOnlyDictionary<string, long> Failed, long GivenUp, long Connected, long Disconnected, long Refused)
{
    public static TallyItem Of(RunTally tally) => new(
        tally.Dials,
        tally.Failed.ToDictionary(count => Names.Of(count.Key), count => count.Value, StringComparer.Ordinal),
        tally.Canceled,
        tally.Connected,
        tally.Disconnected,
        tally.InboundRefused);
}
