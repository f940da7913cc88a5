using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The state of a run at the end of an interval, and the counts of that interval. The property names are those of the JSON.</summary>
internal sealed record HistoryPoint
{
    /// <summary>The end of the interval, in milliseconds since 1970; <c>?after=</c> takes it.</summary>
    public required long Time { get; init; }

    public required int Automatic { get; init; }

    public required int Target { get; init; }

    public required int Permanent { get; init; }

    public required int Inbound { get; init; }

    public required int Dialing { get; init; }

    /// <summary>The number of known addresses.</summary>
    public required int Addresses { get; init; }

    /// <summary>The number of connections established.</summary>
    public required int Connected { get; init; }

    /// <summary>The number of connections that ended.</summary>
    public required int Disconnected { get; init; }

    /// <summary>The numbers of attempts that failed, by cause, without those that this program gave up.</summary>
    public required IReadOnlyDictionary<string, int> Failed { get; init; }

    /// <summary>The number of attempts that this program gave up, mostly because another one was faster.</summary>
    public required int GivenUp { get; init; }

    /// <summary>The number of inbound connections refused.</summary>
    public required long Refused { get; init; }

    /// <summary>The median time from the start of a dial to the end of its handshake; null without dials.</summary>
    public double? ConnectMedian { get; init; }

    /// <summary>The 90th percentile of that time; null without dials.</summary>
    public double? ConnectNinth { get; init; }

    /// <summary>The median of the peers' last round trips, in milliseconds; null before the first one.</summary>
    public double? PingMedian { get; init; }
}

/// <summary>The state of a run at one moment, as charts show it.</summary>
internal sealed record HistoryGauge
{
    public required DateTimeOffset Time { get; init; }

    public int Automatic { get; init; }

    public int Target { get; init; }

    public int Permanent { get; init; }

    public int Inbound { get; init; }

    public int Dialing { get; init; }

    public int Addresses { get; init; }

    /// <summary>The median of the last round trips, in milliseconds; null before the first one.</summary>
    public double? PingMedian { get; init; }

    public static HistoryGauge From(ConnectionManagerSnapshot snapshot, RunFacts facts)
    {
        var pings = snapshot.Connections
            .Select(connected => PeerDetails.From(connected.Connection).RoundTrip?.TotalMilliseconds)
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
