using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The facts about a run other than its connections, for the live view, the control socket and the dashboard. Immutable.</summary>
internal sealed record RunFacts
{
    /// <summary>The largest offset of a clock that is right, as for the log's warning.</summary>
    public static readonly TimeSpan MaxClockOffset = TimeSpan.FromMinutes(70);

    /// <summary>The address book by network.</summary>
    public ImmutableArray<AddressBookCount> Book { get; init; } = [];

    /// <summary>The number of addresses that rest in quarantine.</summary>
    public int Quarantined { get; init; }

    /// <summary>The number of bans.</summary>
    public int Bans { get; init; }

    /// <summary>The last outcome of each seed.</summary>
    public ImmutableArray<SeedOutcome> Seeds { get; init; } = [];

    /// <summary>The state of Tor's control port; null without one.</summary>
    public TorState? Tor { get; init; }

    /// <summary>The addresses at which others can reach the run.</summary>
    public ImmutableArray<ExternalAddress> ExternalAddresses { get; init; } = [];

    /// <summary>The state of I2P; null without a router.</summary>
    public I2PState? I2P { get; init; }

    /// <summary>The state of the port mappings; null when they are off.</summary>
    public PortMappingState? PortMapping { get; init; }

    /// <summary>The time by which this machine's clock is ahead of those of the peers; null while it is not known.</summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>The problems with files of the data directory, with port mappings and with the clock, in sentences.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    /// <summary>The number of known addresses, including those that were connected to.</summary>
    public int Addresses => Book.Sum(count => count.New + count.Tried);

    /// <summary>The number of addresses that were connected to.</summary>
    public int Tried => Book.Sum(count => count.Tried);

    /// <summary>The number of seeds whose last outcome has addresses.</summary>
    public int SeedsAnswered => Seeds.Count(seed => seed.Failure == SeedFailure.None);

    /// <summary>The missing peers and the reasons; null when none is missing.</summary>
    public ConnectionShortage? Shortage { get; init; }

    /// <summary>Describes a clock that is wrong.</summary>
    public static IEnumerable<string> DescribeClock(TimeSpan? offset) => offset is { } time && time.Duration() > MaxClockOffset
        ? [Invariant($"The clock of this machine is {time.Duration():d\\.hh\\:mm\\:ss} {(time > TimeSpan.Zero ? "ahead of" : "behind")} those of the peers: set it.")]
        : [];

    /// <summary>Gets the facts of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="snapshot">A current snapshot of its connections; null to leave <see cref="Shortage"/> out.</param>
    public static RunFacts From(PeerNetwork network, ConnectionManagerSnapshot? snapshot = null)
    {
        var statistics = network.GetStatistics();
        return new RunFacts
        {
            Book = statistics.Book,
            Quarantined = statistics.Quarantined,
            Bans = network.Bans.Count,
            Seeds = statistics.Seeds,
            Tor = network.Tor,
            ExternalAddresses = network.ExternalAddresses.All,
            I2P = network.I2P,
            PortMapping = network.PortMapping,
            ClockOffset = statistics.ClockOffset,
            Problems = [.. statistics.Problems, .. network.PortMapping?.Failures ?? [], .. DescribeClock(statistics.ClockOffset)],
            Shortage = snapshot is null ? null : network.GetShortage(snapshot),
        };
    }
}
