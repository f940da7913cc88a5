using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Judges the health of connections. Healthy: all that are wanted are there. Degraded: at least the minimum are, or fewer, but the start or
/// the last success is recent. Unhealthy: none, or fewer than the minimum without progress. Pure.
/// </summary>
internal static class HealthRule
{
    /// <summary>Judges.</summary>
    /// <param name="facts">What is.</param>
    /// <param name="settings">What is found healthy.</param>
    /// <returns>The verdict.</returns>
    public static HealthVerdict Judge(HealthFacts facts, HealthSettings settings)
    {
        if (facts.IsStopped)
            return Unhealthy("It is stopping or has stopped.");
        if (facts.SinceStart is not { } sinceStart)
            return Unhealthy("It has not started yet.");
        if (facts.IsSuspended)
            return Degraded("The network is switched off by SuspendAsync.");
        if (facts.Established >= facts.Wanted)
            return new(HealthStatus.Healthy, $"{Count(facts)}.");
        if (facts.Established == 0)
            return sinceStart < settings.StartupGrace ? Degraded($"{Count(facts)}: it has just started.") : Unhealthy($"{Count(facts)}{Why(facts)}.");
        if (facts.Established >= MinOutbound(facts.Wanted, settings))
            return Degraded($"{Count(facts)}{Why(facts)}.");
        var sinceProgress = facts.SinceEstablished ?? sinceStart;
        return sinceProgress < settings.StalledAfter || sinceStart < settings.StartupGrace
            ? Degraded(Invariant($"{Count(facts)}, fewer than {MinOutbound(facts.Wanted, settings)}{Why(facts)}."))
            : Unhealthy(Invariant($"{Count(facts)}, fewer than {MinOutbound(facts.Wanted, settings)}, and no new one for {(int)sinceProgress.TotalSeconds} s{Why(facts)}."));
    }

    /// <summary>The number from which connections are no worse than degraded.</summary>
    public static int MinOutbound(int wanted, HealthSettings settings) => Math.Clamp(settings.MinOutbound ?? wanted / 2, 1, Math.Max(wanted, 1));

    private static string Count(HealthFacts facts) => Invariant($"{facts.Established} of {facts.Wanted} outbound connections");

    private static string Why(HealthFacts facts) => facts.Shortage.Length == 0 ? string.Empty : $"; {facts.Shortage}";

    private static HealthVerdict Degraded(string description) => new(HealthStatus.Degraded, description);

    private static HealthVerdict Unhealthy(string description) => new(HealthStatus.Unhealthy, description);
}
