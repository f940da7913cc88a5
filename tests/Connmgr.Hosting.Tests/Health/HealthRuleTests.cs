using CsCheck;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting.Tests.Health;

/// <summary>The rule of health, for all facts that there can be.</summary>
public class HealthRuleTests
{
    private static readonly Gen<TimeSpan> Ages = Gen.Int[0, 600].Select(seconds => TimeSpan.FromSeconds(seconds));

    private static readonly Gen<HealthSettings> AllSettings = Gen.Select(Gen.Int[0, 12], Ages, Ages).Select((minimum, grace, stalled) => new HealthSettings
    {
        MinOutbound = minimum == 0 ? null : minimum,
        StartupGrace = grace,
        StalledAfter = stalled + TimeSpan.FromSeconds(1),
    });

    private static readonly Gen<HealthFacts> AllFacts = Gen.Select(Gen.Int[0, 10], Gen.Int[0, 12], Gen.Bool, Ages, Gen.Int[0, 3], Ages, Gen.Int[0, 15]).Select(
        (wanted, established, hasStarted, sinceStart, progress, sinceEstablished, flags) => new HealthFacts
        {
            Wanted = wanted,
            Established = established,
            SinceStart = hasStarted ? sinceStart : null,
            SinceEstablished = progress == 0 ? null : sinceEstablished,
            IsStopped = flags == 15,
            IsSuspended = flags == 14,
            Lacks = [.. new[] { "no port is mapped at the gateway", "the I2P router has no session" }.Take(flags % 3)],
            Shortage = flags % 2 == 1 ? "no network gives an answer" : string.Empty,
        });

    [Fact]
    public void Evaluate_AnyFacts_SaysWhatTheGuideSays()
    {
        var reached = new int[9];
        Gen.Select(AllFacts, AllSettings).Sample(
            (facts, settings) =>
            {
                var minimum = Math.Clamp(settings.MinOutbound ?? facts.Wanted / 2, 1, Math.Max(facts.Wanted, 1));
                var (state, expected) = facts switch
                {
                    { IsStopped: true } => (0, HealthStatus.Unhealthy),
                    { SinceStart: null } => (1, HealthStatus.Unhealthy),
                    { IsSuspended: true } => (2, HealthStatus.Degraded),
                    _ when facts.Established >= facts.Wanted => (3, facts.Lacks.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy),
                    { Established: 0 } => (4, facts.SinceStart < settings.StartupGrace ? HealthStatus.Degraded : HealthStatus.Unhealthy),
                    _ when facts.Established >= minimum => (5, HealthStatus.Degraded),
                    _ when facts.SinceStart < settings.StartupGrace => (8, HealthStatus.Degraded),
                    { SinceEstablished: { } since } => (6, since < settings.StalledAfter ? HealthStatus.Degraded : HealthStatus.Unhealthy),
                    _ => (7, facts.SinceStart < settings.StalledAfter ? HealthStatus.Degraded : HealthStatus.Unhealthy),
                };
                Interlocked.Increment(ref reached[state]);
                var verdict = HealthRule.Evaluate(facts, settings);
                Assert.Equal(expected, verdict.Status);
                Assert.EndsWith(".", verdict.Description, StringComparison.Ordinal);
                Assert.All(state == 3 ? facts.Lacks : [], lack => Assert.Contains(lack, verdict.Description, StringComparison.Ordinal));
            },
            iter: 20_000,
            threads: 1);
        Assert.All(reached, count => Assert.True(count > 100, $"A state was reached {count} times in 20,000: {string.Join(", ", reached)}."));
    }

    /// <summary>Checks that more connections are never worse, and neither is a shorter time without progress.</summary>
    [Fact]
    public void Evaluate_BetterFacts_AreNeverFoundWorse() => Gen.Select(AllFacts, AllSettings, Gen.Int[0, 5], Gen.Double[0, 1]).Sample(
        (facts, settings, more, share) =>
        {
            var better = facts with
            {
                Established = facts.Established + more,
                SinceEstablished = facts.SinceEstablished * share,
            };
            return HealthRule.Evaluate(better, settings).Status >= HealthRule.Evaluate(facts, settings).Status;
        },
        iter: 20_000);

    [Fact]
    public void Evaluate_AnOutage_IsTold()
    {
        var facts = new HealthFacts
        {
            Wanted = 8,
            Established = 0,
            SinceStart = TimeSpan.FromHours(1),
            SinceEstablished = TimeSpan.FromMinutes(30),
            IsStopped = false,
            IsSuspended = false,
            Shortage = "no network gives an answer",
        };
        Assert.Equal("0 of 8 outbound connections; no network gives an answer.", HealthRule.Evaluate(facts, new HealthSettings()).Description);
        Assert.Equal(
            "2 of 8 outbound connections, fewer than 4, and no new one for 1800 s; no network gives an answer.",
            HealthRule.Evaluate(facts with { Established = 2 }, new HealthSettings()).Description);
    }

    [Fact]
    public void Evaluate_AGroupLacksPeers_ItIsNamed()
    {
        var facts = new HealthFacts
        {
            Wanted = 12,
            Established = 10,
            SinceStart = TimeSpan.FromHours(1),
            SinceEstablished = TimeSpan.FromMinutes(30),
            IsStopped = false,
            IsSuspended = false,
            Shortage = "no known address offers the required services",
            Groups = " (filters 3 of 5)",
        };
        Assert.Equal(
            "10 of 12 outbound connections (filters 3 of 5); no known address offers the required services.", HealthRule.Evaluate(facts, new HealthSettings()).Description);
    }
}
