using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Determines the health of connections. Healthy: all wanted connections exist. Degraded: no port is mapped although one should be, Tor's control port or the I2P router does not work, at least
/// the minimum exists, or fewer while the start or the last success is recent. Unhealthy: none exists, or fewer than the minimum without progress. Pure.
/// </summary>
internal static class HealthRule
{
    /// <summary>Determines the health.</summary>
    /// <param name="facts">The state of the connections.</param>
    /// <param name="settings">The thresholds.</param>
    /// <returns>The verdict.</returns>
    public static HealthVerdict Evaluate(HealthFacts facts, HealthSettings settings)
    {
        if (facts.IsStopped)
            return Unhealthy("It is stopping or has stopped.");
        if (facts.SinceStart is not { } sinceStart)
            return Unhealthy("It has not started yet.");
        if (facts.IsSuspended)
            return Degraded("The network is switched off by SuspendAsync.");
        if (facts.Established >= facts.Wanted)
            return facts.Lacks.Count > 0 ? Degraded($"{Count(facts)}, but {string.Join(" and ", facts.Lacks)}.") : new(HealthStatus.Healthy, $"{Count(facts)}.");
        if (facts.Established == 0)
            return sinceStart < settings.StartupGrace ? Degraded($"{Count(facts)}: it has just started.") : Unhealthy($"{Count(facts)}{Why(facts)}.");
        if (facts.Established >= GetMinOutbound(facts.Wanted, settings))
            return Degraded($"{Count(facts)}{Why(facts)}.");
        var sinceProgress = facts.SinceEstablished ?? sinceStart;
        return sinceProgress < settings.StalledAfter || sinceStart < settings.StartupGrace
            ? Degraded(Invariant($"{Count(facts)}, fewer than {GetMinOutbound(facts.Wanted, settings)}{Why(facts)}."))
            : Unhealthy(Invariant($"{Count(facts)}, fewer than {GetMinOutbound(facts.Wanted, settings)}, and no new one for {(int)sinceProgress.TotalSeconds} s{Why(facts)}."));
    }

    /// <summary>Gets the number of connections from which health is no worse than degraded.</summary>
    public static int GetMinOutbound(int wanted, HealthSettings settings) => Math.Clamp(settings.MinOutbound ?? wanted / 2, 1, Math.Max(wanted, 1));

    private static string Count(HealthFacts facts) => Invariant($"{facts.Established} of {facts.Wanted} outbound connections{facts.Groups}");

    private static string Why(HealthFacts facts) => facts.Shortage.Length == 0 ? string.Empty : $"; {facts.Shortage}";

    private static HealthVerdict Degraded(string description) => new(HealthStatus.Degraded, description);

    private static HealthVerdict Unhealthy(string description) => new(HealthStatus.Unhealthy, description);
}

/// <summary>The facts that the health of connections follows from. Immutable.</summary>
internal sealed record HealthFacts
{
    /// <summary>The number of wanted outbound connections: the target (<see cref="ConnectionManagerSnapshot.WantedAutomatic"/>) and the permanent peers.</summary>
    public required int Wanted { get; init; }

    /// <summary>The number of wanted connections that are established.</summary>
    public required int Established { get; init; }

    /// <summary>The time since the start; null before.</summary>
    public required TimeSpan? SinceStart { get; init; }

    /// <summary>The time since an outbound connection was last established; null if none has been.</summary>
    public required TimeSpan? SinceEstablished { get; init; }

    /// <summary>True when it is stopping or has stopped.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>True when the network is suspended.</summary>
    public required bool IsSuspended { get; init; }

    /// <summary>The groups that lack connections, in brackets after a space, such as " (filters 3 of 5)"; empty if none does.</summary>
    public string Groups { get; init; } = string.Empty;

    /// <summary>The things that are missing apart from connections, each as a part of a sentence, such as "no port is mapped at the gateway".</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>The reason why connections are missing, as a part of a sentence; empty if it is not known, and if none is missing.</summary>
    public required string Shortage { get; init; }
}

/// <summary>The health of connections.</summary>
/// <param name="Status">The status.</param>
/// <param name="Description">The reason, in a sentence.</param>
internal sealed record HealthVerdict(HealthStatus Status, string Description);
