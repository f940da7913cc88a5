using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>How a run stands at one moment, as far as charts show it.</summary>
internal sealed record HistoryGauge
{
    public required DateTimeOffset Time { get; init; }

    public int Automatic { get; init; }

    public int Target { get; init; }

    public int Permanent { get; init; }

    public int Inbound { get; init; }

    public int Dialing { get; init; }

    public int Addresses { get; init; }

    /// <summary>Milliseconds; null before the first ping was answered.</summary>
    public double? PingMedian { get; init; }

    public static HistoryGauge Of(ConnectionManagerSnapshot snapshot, RunFacts facts)
    {
        var pings = snapshot.Connections
            .Select(connected => PeerFacts.Of(connected.Connection).RoundTrip?.TotalMilliseconds)
            .OfType<double>()
            .Order()
            .ToImmutableArray();
        return new HistoryGauge
        {
            Time = snapshot.Time,
            Automatic = snapshot.Count(ConnectionKind.Automatic),
            Target = snapshot.HasAddressSource ? snapshot.TargetOutbound : 0,
            Permanent = snapshot.Count(ConnectionKind.Permanent),
            Inbound = snapshot.Count(ConnectionKind.Inbound),
            Dialing = snapshot.Attempts.Length,
            Addresses = facts.Addresses,
            PingMedian = pings.IsEmpty ? null : Math.Round(pings[pings.Length / 2], 3),
        };
    }
}
