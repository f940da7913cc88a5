using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>
/// The advantage of fast hosts in racing dials, and the cost of these: 8 slots are filled from addresses of which a share is dead; a fifth of the live ones are hostile and
/// answer in 1 ms, the honest ones later. In virtual time, 300 fills per run.
/// </summary>
internal static class HedgeShare
{
    private const int Fills = 300;
    private const int Target = 8;
    private const double HostileShare = 0.2;

    private static readonly int[] Delays = [100, 200, 500, 1000, 2000, 5000];

    public static IEnumerable<Scenario> All =>
    [
        Create(0, "brisk", 20, 400),
        Create(50, "brisk", 20, 400),
        Create(90, "brisk", 20, 400),
        Create(0, "slow", 500, 3000),
        Create(50, "slow", 500, 3000),
        Create(90, "slow", 500, 3000),
    ];

    private static Scenario Create(int dead, string honest, int shortest, int longest) =>
        new(string.Create(CultureInfo.InvariantCulture, $"hedge_dead{dead}_{honest}"), 5, run =>
        {
            foreach (var delay in Delays)
            {
                var tally = new Tally();
                for (var i = 0; i < Fills; i++)
                    tally.Add(Fill((run.Number * Fills) + i, dead / 100.0, shortest, longest, TimeSpan.FromMilliseconds(delay)));
                var name = string.Create(CultureInfo.InvariantCulture, $"delay{delay}ms");
                run.Add($"{name}_hostile", 100.0 * tally.Hostile / (Fills * Target), "%");
                run.Add($"{name}_time", tally.Time.TotalSeconds / Fills, "virtual-s");
                run.Add($"{name}_dials", (double)tally.Dials / Fills, "dials");
                run.Add($"{name}_wasted", (double)tally.Dials / Fills - Target, "dials");
            }

            return Task.CompletedTask;
        })
        { WarmUps = 0, Note = string.Create(CultureInfo.InvariantCulture, $"fair={HostileShare * 100}%,honest={shortest}-{longest}ms") };

    private static (int Hostile, TimeSpan Time, int Dials) Fill(int seed, double dead, int shortest, int longest, TimeSpan delay)
    {
        var random = new Random(seed);
        var hostile = new HashSet<EndPoint>();
        var world = new VirtualOutbound(
            new() { TargetOutbound = Target, DialHedgeDelay = delay, MaxOutboundPerNetgroup = int.MaxValue, Random = random },
            endPoint =>
            {
                if (random.NextDouble() < dead)
                    return DialAnswer.Never;
                if (random.NextDouble() >= HostileShare)
                    return DialAnswer.Connects(random.Next(shortest, longest));
                hostile.Add(endPoint);
                return DialAnswer.Connects(1);
            });
        var started = world.Now;
        world.Start();
        world.RunUntilEstablished(Target);
        return (world.EstablishedEndPoints.Count(hostile.Contains), world.Now - started, world.Dials);
    }

    private sealed class Tally
    {
        public int Hostile { get; private set; }

        public TimeSpan Time { get; private set; }

        public int Dials { get; private set; }

        public void Add((int Hostile, TimeSpan Time, int Dials) fill)
        {
            Hostile += fill.Hostile;
            Time += fill.Time;
            Dials += fill.Dials;
        }
    }
}
