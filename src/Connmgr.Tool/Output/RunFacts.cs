using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Where a run stands beside its connections, as the live view, the control socket and the dashboard show it. Immutable.</summary>
internal sealed record RunFacts
{
    /// <summary>The address book by network.</summary>
    public ImmutableArray<BookCount> Book { get; init; } = [];

    /// <summary>How many bans there are.</summary>
    public int Bans { get; init; }

    /// <summary>What each seed that was asked gave the last time.</summary>
    public ImmutableArray<SeedOutcome> Seeds { get; init; } = [];

    /// <summary>Where Tor's control port stands; null without one.</summary>
    public TorState? Tor { get; init; }

    /// <summary>What was wrong with files of the data directory, in sentences.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    /// <summary>Addresses known, those where a peer was met included.</summary>
    public int Addresses => Book.Sum(count => count.New + count.Tried);

    /// <summary>Addresses where a peer was met.</summary>
    public int Tried => Book.Sum(count => count.Tried);

    /// <summary>How many of the seeds that were asked gave addresses the last time.</summary>
    public int SeedsAnswered => Seeds.Count(seed => seed.Failure == SeedFailure.None);

    /// <summary>The peers that are missing, and why; null when none is.</summary>
    public ConnectionShortage? Shortage { get; init; }

    /// <summary>Gets the facts of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="snapshot">A snapshot of its connections, just taken; null leaves <see cref="Shortage"/> out.</param>
    public static RunFacts Of(PeerNetwork network, ConnectionManagerSnapshot? snapshot = null)
    {
        var statistics = network.GetStatistics();
        return new RunFacts
        {
            Book = statistics.Book,
            Bans = network.Bans.Count,
            Seeds = statistics.Seeds,
            Tor = network.Tor,
            Problems = statistics.Problems,
            Shortage = snapshot is null ? null : network.ShortageOf(snapshot),
        };
    }
}
