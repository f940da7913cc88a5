using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>
/// The processor time of an event in the pure rules, in virtual time, with N automatic connections: each millisecond one is lost and replaced; a tenth of the dials are refused. The
/// figure includes the world around the rules and the pauses of the garbage collector, which are also reported separately. It should not grow with N.
/// </summary>
internal static class RulesEvents
{
    private const int Losses = 200_000;
    private static readonly int[] Sizes = [100, 1000, 10_000, 100_000];

    public static IEnumerable<Scenario> All =>
        [.. Sizes.Select(static peers => Create(peers, hasGroups: false)), .. Sizes.Select(static peers => Create(peers, hasGroups: true))];

    /// <param name="peers">The number of connections.</param>
    /// <param name="hasGroups">True for four groups, of which three ask for a trait each, and handshakes. A peer has each trait with a probability of one half.</param>
    private static Scenario Create(int peers, bool hasGroups) =>
        new(string.Create(CultureInfo.InvariantCulture, $"scale_rules_event_{peers}{(hasGroups ? "_groups" : string.Empty)}"), 9, run =>
        {
            var random = new Random(run.Number);
            var world = new VirtualOutbound(
                new()
                {
                    TargetOutbound = hasGroups ? new ConnectionManagerOptions().TargetOutbound : peers,
                    OutboundGroups = hasGroups ? [.. Enumerable.Range(0, 4).Select(index => new OutboundGroup($"{index}", peers / 4) { Traits = index == 3 ? 0 : UInt128.One << index })] : [],
                    MaxOutboundPerNetgroup = int.MaxValue,
                    DialBurst = int.MaxValue,
                    DialsPerSecond = int.MaxValue,
                    Random = random,
                },
                _ => random.Next(10) == 0 ? DialAnswer.Refuses(30) : DialAnswer.Connects(50),
                hasGroups ? static endPoint => (UInt128)(unchecked((uint)endPoint.GetHashCode() * 2654435761u) >> 29) : null);
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
