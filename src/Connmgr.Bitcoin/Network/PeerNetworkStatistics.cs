using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>Where a <see cref="PeerNetwork"/> stands beside its connections. Immutable.</summary>
public sealed record PeerNetworkStatistics
{
    /// <summary>The address book by network, each network once.</summary>
    public required ImmutableArray<BookCount> Book { get; init; }

    /// <summary>What each seed that was asked gave the last time.</summary>
    public required ImmutableArray<SeedOutcome> Seeds { get; init; }

    /// <summary>What became of the addresses that peers told of.</summary>
    public required GossipCounts Gossip { get; init; }

    /// <summary>Feelers that found their peer.</summary>
    public required long FeelersAnswered { get; init; }

    /// <summary>Feelers that did not.</summary>
    public required long FeelersFailed { get; init; }

    /// <summary>The anchors that the network began with.</summary>
    public required int Anchors { get; init; }

    /// <summary>What was wrong with files of the data directory, in sentences: each was set aside. Logged as warnings too.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>
    /// What could not be written to the data directory at the end and so is lost, in sentences: changes of the bans, what the address book
    /// learnt, the anchors. Empty until <see cref="PeerNetwork.StopAsync"/> completes, and when everything was written. Logged as errors too.
    /// </summary>
    public ImmutableArray<string> Lost { get; init; } = [];

    /// <summary>When the book was last written to the data directory; null: not yet, or there is none.</summary>
    public required DateTimeOffset? BookSavedAt { get; init; }

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(PeerNetworkStatistics), PrintMembers);
}

/// <summary>How many addresses of one network an address book has.</summary>
/// <param name="Network">The network.</param>
/// <param name="New">Those that were only heard of.</param>
/// <param name="Tried">Those at which a peer was met.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BookCount(AddressNetwork Network, int New, int Tried);
