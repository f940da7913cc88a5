namespace Connmgr;

/// <summary>The outcome of one DNS seed. Immutable.</summary>
public sealed class DnsSeedOutcome
{
    internal DnsSeedOutcome(DnsSeed seed, string host) => (Seed, Host) = (seed, host);

    /// <summary>The seed.</summary>
    public DnsSeed Seed { get; }

    /// <summary>The name that was looked up: that of the seed, or one that requests services, such as <c>x409.seed.example</c>.</summary>
    public string Host { get; }

    /// <summary>The addresses, in the order of the answer; empty if the seed failed.</summary>
    public IReadOnlyList<PeerAddress> Addresses { get; internal init; } = [];

    /// <summary>The reason why there are no addresses; <see cref="DnsSeedFailure.None"/> if there are.</summary>
    public DnsSeedFailure Failure { get; internal init; }

    /// <summary>The exception of the last look-up if <see cref="Failure"/> is <see cref="DnsSeedFailure.LookupFailed"/>; otherwise null.</summary>
    public Exception? Exception { get; internal init; }

    /// <summary>The exception of the <see cref="OnSeed"/> callback; null if it threw none. <see cref="Addresses"/> does not depend on it.</summary>
    public Exception? CallbackException { get; internal set; }

    /// <summary>The number of look-ups of the name.</summary>
    public int Attempts { get; internal init; }

    /// <summary>The total time of all look-ups, including pauses.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(DnsSeedOutcome),
        (nameof(Host), Host),
        (nameof(Addresses), Addresses.Count),
        (nameof(Failure), Failure),
        (nameof(Exception), Exception?.Message),
        (nameof(Attempts), Attempts),
        (nameof(Duration), Duration));
}

/// <summary>The outcome of a round of DNS seeding. Immutable.</summary>
public sealed class DnsSeedResult
{
    internal DnsSeedResult(IReadOnlyList<DnsSeedOutcome> seeds) => Seeds = seeds;

    /// <summary>The outcome of each seed of the chain, in the order in which they ended.</summary>
    public IReadOnlyList<DnsSeedOutcome> Seeds { get; }

    /// <summary>The number of addresses from all seeds. An address from two seeds counts twice.</summary>
    public int AddressCount => Seeds.Sum(static seed => seed.Addresses.Count);
}
