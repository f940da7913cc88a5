using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>
/// Who wins races: hosts that answer faster than any honest one must not take much more than their share of the slots, here a fifth of what is
/// alive, and dead addresses must not hold the filling up. Counted over fixed seeds in virtual time.
/// </summary>
public class RacingShareTests
{
    [Theory]
    [InlineData(0.0, 100, 0.5)]
    [InlineData(0.5, 100, 2)]
    [InlineData(0.9, 100, 8)]
    [InlineData(0.5, 400, 2)]
    [InlineData(0.9, 400, 8)]
    public void Slots_FastHostileAddresses_TakeLittleMoreThanTheirShare(double dead, int honestLatency, double mostSeconds)
    {
        const int Runs = 150;
        var hostile = 0;
        var seconds = 0.0;
        for (var seed = 0; seed < Runs; seed++)
        {
            var (wins, time) = Fill(seed, dead, honestLatency);
            hostile += wins;
            seconds += time.TotalSeconds;
        }

        var share = hostile / (Runs * 8.0);
        TestContext.Current.TestOutputHelper?.WriteLine($"dead {dead:p0}, honest latency up to {honestLatency} ms: hostile share {share:p1} (fair 20 %), filled in {seconds / Runs:f2} s");
        Assert.InRange(share, 0.15, 0.27);
        Assert.InRange(seconds / Runs, 0, mostSeconds); // Virtual seconds, the same in every run.
    }

    /// <summary>Fills 8 slots from addresses of which a share is dead, and of the live ones a fifth hostile.</summary>
    private static (int HostileWins, TimeSpan Time) Fill(int seed, double dead, int honestLatency)
    {
        var random = new Random(seed);
        var harness = new ManagerHarness(seed: seed);
        var due = new List<(TimeSpan At, FakeDialer.Dial Dial)>();
        var hostileAddresses = new HashSet<EndPoint>();
        var now = TimeSpan.Zero;
        harness.Dialer.OnDial = dial =>
        {
            if (random.NextDouble() < dead)
                return;
            var isHostile = random.NextDouble() < 0.2;
            if (isHostile)
                hostileAddresses.Add(dial.EndPoint);
            due.Add((now + TimeSpan.FromMilliseconds(isHostile ? 1 : random.Next(honestLatency / 5, honestLatency)), dial));
        };
        harness.Start();
        while (harness.Connected.Count < 8)
        {
            Assert.True(now < TimeSpan.FromMinutes(10), "The slots were not filled.");
            now += TimeSpan.FromMilliseconds(5);
            harness.Advance(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5));
            foreach (var (_, dial) in due.Where(entry => entry.At <= now).ToList())
                dial.Succeed();
            due.RemoveAll(entry => entry.At <= now);
            harness.Settle();
        }

        var wins = harness.Connected.Count(connected => hostileAddresses.Contains(connected.Request.EndPoint!));
        harness.Stop();
        return (wins, now);
    }
}
