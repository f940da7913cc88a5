using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The content of one frame of the live view. Immutable.</summary>
internal sealed record LiveState
{
    public required RunInfo Info { get; init; }

    /// <summary>The time since the start.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>The state of the run, in words.</summary>
    public string Status { get; init; } = "filling";

    public EventTone StatusTone { get; init; }

    /// <summary>The current number of automatic peers to keep.</summary>
    public int Target { get; init; }

    /// <summary>The groups of automatic peers; empty when no groups are set.</summary>
    public ImmutableArray<GroupItem> Groups { get; init; } = [];

    /// <summary>The current number of permanent peers to keep.</summary>
    public int Permanent { get; init; }

    /// <summary>The current limit of inbound peers; null for none.</summary>
    public int? MaxInbound { get; init; }

    public int PermanentConnected { get; init; }

    public int AutomaticConnected { get; init; }

    public int InboundConnected { get; init; }

    /// <summary>The facts about addresses, bans, seeds and Tor.</summary>
    public RunFacts Facts { get; init; } = new();

    public long Dials { get; init; }

    public long Failed { get; init; }

    /// <summary>The failed dials by cause, in words.</summary>
    public string FailedByCause { get; init; } = string.Empty;

    public ImmutableArray<LivePeer> Peers { get; init; } = [];

    public ImmutableArray<AttemptSnapshot> Attempts { get; init; } = [];

    /// <summary>The last events, the oldest first.</summary>
    public ImmutableArray<EventLine> Events { get; init; } = [];
}

/// <summary>A row of the table of peers.</summary>
/// <param name="Facts">The peer.</param>
/// <param name="Age">The time since it was connected.</param>
internal sealed record LivePeer(PeerDetails Facts, TimeSpan Age);
