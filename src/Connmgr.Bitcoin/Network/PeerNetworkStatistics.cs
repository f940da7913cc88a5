using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The statistics of a <see cref="PeerNetwork"/>, apart from those of its connections. Immutable.</summary>
public sealed record PeerNetworkStatistics
{
    /// <summary>The number of addresses in the address book by network, each network once.</summary>
    public required ImmutableArray<AddressBookCount> Book { get; init; }

    /// <summary>The last outcome of each seed that was asked.</summary>
    public required ImmutableArray<SeedOutcome> Seeds { get; init; }

    /// <summary>The counts of addresses that peers announced.</summary>
    public required GossipCounts Gossip { get; init; }

    /// <summary>The number of feelers that reached their peer.</summary>
    public required long FeelersAnswered { get; init; }

    /// <summary>The number of feelers that failed.</summary>
    public required long FeelersFailed { get; init; }

    /// <summary>The number of addresses that rest in quarantine: <see cref="PeerPolicies.Quarantine"/>.</summary>
    public int Quarantined { get; init; }

    /// <summary>
    /// The number of peers whose place a trial took: <see cref="PeerNetwork.ReplaceAsync"/>, <see cref="PeerNetwork.RotateAsync"/> and
    /// <see cref="PeerPolicies.Upgrade"/>.
    /// </summary>
    public long Replaced { get; init; }

    /// <summary>
    /// The time by which the system's clock is ahead of the clocks of outbound peers, by the median of the last five netgroups; below zero if
    /// it is behind. Null while fewer are known. Above 70 minutes, a warning is logged.
    /// </summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>The number of anchors that the network started with.</summary>
    public required int Anchors { get; init; }

    /// <summary>
    /// The faults of files in the data directory, in sentences. Each of these files was set aside. Also logged as warnings.
    /// </summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>
    /// The data that could not be written to the data directory at the end and is lost, in sentences: changes of the bans, news of the
    /// address book, the anchors. Empty until <see cref="PeerNetwork.StopAsync"/> completes, and when everything was written. Also logged
    /// as errors.
    /// </summary>
    public ImmutableArray<string> LostChanges { get; init; } = [];

    /// <summary>
    /// The last time at which the book was written to the data directory; null before the first, and without a data directory.
    /// </summary>
    public required DateTimeOffset? BookSavedAt { get; init; }

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(PeerNetworkStatistics), PrintMembers);
}

/// <summary>The number of addresses of one network in an address book.</summary>
/// <param name="Network">The network.</param>
/// <param name="New">The number of addresses that were announced but not reached.</param>
/// <param name="Tried">The number of addresses at which a peer was reached.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AddressBookCount(AddressNetwork Network, int New, int Tried);
