using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>All that one frame of the live view shows. Immutable.</summary>
internal sealed record LiveState
{
    public required RunInfo Info { get; init; }

    /// <summary>Since the start.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>How the run stands, in words.</summary>
    public string Status { get; init; } = "filling";

    public EventTone StatusTone { get; init; }

    /// <summary>The number of automatic peers to keep at present.</summary>
    public int Target { get; init; }

    /// <summary>The number of permanent peers to keep at present.</summary>
    public int Permanent { get; init; }

    /// <summary>The most inbound peers at present; null for any number.</summary>
    public int? MaxInbound { get; init; }

    public int PermanentConnected { get; init; }

    public int AutomaticConnected { get; init; }

    public int InboundConnected { get; init; }

    /// <summary>Addresses, bans, seeds, Tor.</summary>
    public RunFacts Facts { get; init; } = new();

    public long Dials { get; init; }

    public long Failed { get; init; }

    /// <summary>The failed ones by cause, in words.</summary>
    public string FailedByCause { get; init; } = string.Empty;

    public ImmutableArray<LivePeer> Peers { get; init; } = [];

    public ImmutableArray<AttemptSnapshot> Attempts { get; init; } = [];

    /// <summary>What happened last, oldest first.</summary>
    public ImmutableArray<EventLine> Events { get; init; } = [];
}

/// <summary>A row of the table of peers.</summary>
/// <param name="Facts">The peer.</param>
/// <param name="Age">Since it was connected.</param>
internal sealed record LivePeer(PeerDetails Facts, TimeSpan Age);
