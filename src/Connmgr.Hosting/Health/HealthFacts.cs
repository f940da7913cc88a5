namespace Connmgr.Hosting;

/// <summary>What the health of connections is judged by. Immutable.</summary>
internal sealed record HealthFacts
{
    /// <summary>The outbound connections wanted: the target (<see cref="ConnectionManagerSnapshot.WantedAutomatic"/>) and the permanent peers.</summary>
    public required int Wanted { get; init; }

    /// <summary>How many of them are established.</summary>
    public required int Established { get; init; }

    /// <summary>Since the start; null before.</summary>
    public required TimeSpan? SinceStart { get; init; }

    /// <summary>Since an outbound connection was last established; null when none was.</summary>
    public required TimeSpan? SinceEstablished { get; init; }

    /// <summary>Whether it is stopping or has stopped.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>Whether the network is switched off.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>Why connections are missing, as a part of a sentence; empty when that is not known, and when none is.</summary>
    public required string Shortage { get; init; }
}
