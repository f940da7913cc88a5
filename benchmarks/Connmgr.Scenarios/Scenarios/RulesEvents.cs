using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>
/// The processor time of an event in the pure rules, in virtual time, with N automatic connections: each millisecond one is lost and replaced; a tenth of the dials are refused. The
/// figure includes the world around the rules and the pauses of the garbage collector, which are also reported separately. It should not grow with N.
/// </summary>
internal static class RulesEvents
{
    private const int Losses = 200_000;

    public static IEnumerable<Scenario> All => [Create(100), Create(1000), Create(10_000), Create(100_000)];

    private static Scenario Create(int peers) =>
        new(string.Create(CultureInfo.InvariantCulture, $"scale_rules_event_{peers}"), 9, run =>
        {
            var random = new Random(run.Number);
            var world = new VirtualOutbound(
                new()
                {
                    TargetOutbound = peers,
                    MaxOutboundPerNetgroup = int.MaxValue,
                    DialBurst = int.MaxValue,
                    DialsPerSecond = int.MaxValue,
                    Random = random,
                },
                _ => random.Next(10) == 0 ? DialAnswer.Refuses(30) : DialAnswer.Connects(50));
            world.Start();
            world.RunUntilEstablished(peers);
            Lose(world, random, Losses / 10); // Its tables have grown to their size then.
            var events = world.Events;
            var pauses = GC.GetTotalPauseDuration();
            var meter = Meter.Start();
            Lose(world, random, Losses);
            var cost = meter.Read();
            events = world.Events - events;
            run.Add(cost.Cpu.TotalNanoseconds / events, "ns/event");
            run.Add("gc", (GC.GetTotalPauseDuration() - pauses).TotalNanoseconds / events, "ns/event");
            run.Add("bytes", (double)cost.Bytes / events, "B/event");
            return Task.CompletedTask;
        })
        { Note = "dial-bucket=lifted" };

    private static void Lose(VirtualOutbound world, Random random, int losses)
    {
        for (var i = 0; i < losses; i++)
        {
            world.RunUntil(world.Now + TimeSpan.FromMilliseconds(1));
            world.End(random.Next(world.EstablishedCount));
        }
    }
}
