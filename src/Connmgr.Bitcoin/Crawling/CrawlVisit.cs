using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>A visit of a <see cref="NetworkCrawler"/> to an address, with all that it found there. Immutable.</summary>
public sealed record CrawlVisit
{
    /// <summary>The address.</summary>
    public required NetworkEndPoint EndPoint { get; init; }

    /// <summary>The number of the round, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>The time of the dial.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The time from the dial to the end of the visit.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>True when the node completed the handshake.</summary>
    public bool IsReachable => Version is not null;

    /// <summary>The step that failed; <see cref="ConnectPhase.None"/> for a node that was reached.</summary>
    public ConnectPhase FailedPhase { get; init; }

    /// <summary>The cause of the failure; <see cref="ConnectFailureCause.None"/> for a node that was reached.</summary>
    public ConnectFailureCause FailureCause { get; init; }

    /// <summary>The number of visits in a row, this one included, that did not reach the node. 0 for one that was reached.</summary>
    public int Failures { get; init; }

    /// <summary>
    /// The version message of the node, with its services, user agent and height; null if it was not reached. These are the node's claims.
    /// </summary>
    public VersionMessage? Version { get; init; }

    /// <summary>The transport; null if the node was not reached.</summary>
    public PeerTransport? Transport { get; init; }

    /// <summary>The features that the node announced (BIP434).</summary>
    public ImmutableArray<PeerFeature> Features { get; init; } = [];

    /// <summary>True when the node asked for addresses as addrv2 (BIP155).</summary>
    public bool WantsAddrV2 { get; init; }

    /// <summary>True when the node asked for transactions by wtxid (BIP339).</summary>
    public bool WantsWtxidRelay { get; init; }

    /// <summary>The time that the dial took, which includes the way through a proxy; null if it failed.</summary>
    public TimeSpan? DialTime { get; init; }

    /// <summary>The time from a ping to its answer; null if there was no answer.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>True when the node was asked for addresses. One that was reached in the round before is asked once a day only.</summary>
    public bool WasAsked { get; init; }

    /// <summary>The addresses that the node sent, at most 1000. Empty if it was not asked or did not answer.</summary>
    public ImmutableArray<PeerAddress> Addresses { get; init; } = [];

    /// <summary>The number of those that were new to the frontier.</summary>
    public int NewAddresses { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(CrawlVisit),
        (nameof(EndPoint), EndPoint),
        (nameof(Round), Round),
        (nameof(FailedPhase), FailedPhase),
        (nameof(FailureCause), FailureCause),
        (nameof(Version), Version),
        (nameof(Addresses), Addresses.Length));
}
