using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>How a run stood at the end of a piece of time, and what happened in it. The names are those of the JSON.</summary>
internal sealed record HistoryPoint
{
    /// <summary>The end of the piece, in milliseconds since 1970; <c>?after=</c> takes it.</summary>
    public required long Time { get; init; }

    public required int Automatic { get; init; }

    public required int Target { get; init; }

    public required int Permanent { get; init; }

    public required int Inbound { get; init; }

    public required int Dialing { get; init; }

    /// <summary>Addresses known.</summary>
    public required int Addresses { get; init; }

    /// <summary>Connections that were established.</summary>
    public required int Connected { get; init; }

    /// <summary>Connections that ended.</summary>
    public required int Disconnected { get; init; }

    /// <summary>Attempts that failed, by cause; those that we gave up are not among them.</summary>
    public required IReadOnlyDictionary<string, int> Failed { get; init; }

    /// <summary>Attempts that we gave up, above all as another was faster.</summary>
    public required int GivenUp { get; init; }

    /// <summary>Inbound connections that were refused.</summary>
    public required long Refused { get; init; }

    /// <summary>The median time from the start of a dial to a complete handshake; null when there was none.</summary>
    public double? ConnectMedian { get; init; }

    /// <summary>The time that nine in ten took at most; null when there was none.</summary>
    public double? ConnectNinth { get; init; }

    /// <summary>The median of the peers' last round trips, in milliseconds; null before the first.</summary>
    public double? PingMedian { get; init; }
}

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
            .Select(connected => PeerDetails.Of(connected.Connection).RoundTrip?.TotalMilliseconds)
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
