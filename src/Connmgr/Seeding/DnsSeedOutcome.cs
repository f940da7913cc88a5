namespace Connmgr;

/// <summary>What one DNS seed gave. Immutable.</summary>
public sealed record DnsSeedOutcome
{
    /// <summary>The seed.</summary>
    public required DnsSeed Seed { get; init; }

    /// <summary>The name that was looked up: the seed's own, or one that asks for services, such as <c>x409.seed.example</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The addresses, in the order of the answer; empty when it failed.</summary>
    public IReadOnlyList<PeerAddress> Addresses { get; init; } = [];

    /// <summary>Why there are none; <see cref="DnsSeedFailure.None"/> when there are.</summary>
    public DnsSeedFailure Failure { get; init; }

    /// <summary>What the last look-up that failed threw, when <see cref="Failure"/> is <see cref="DnsSeedFailure.LookupFailed"/>.</summary>
    public Exception? Exception { get; init; }

    /// <summary>What the <see cref="OnSeed"/> callback threw, if it did. The addresses are here all the same.</summary>
    public Exception? CallbackException { get; init; }

    /// <summary>How often the name was looked up.</summary>
    public int Attempts { get; init; }

    /// <summary>How long it took, all attempts included.</summary>
    public TimeSpan Duration { get; init; }
}
