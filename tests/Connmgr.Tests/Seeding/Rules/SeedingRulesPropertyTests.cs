using System.Collections.Concurrent;
using System.Globalization;
using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Seeding.Rules;

public class SeedingRulesPropertyTests
{
    [Fact]
    public void Decide_WhateverHappens_KeepsTheTimetable()
    {
        var met = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);

        Gen.Int.Sample(
            seed =>
            {
                var world = new SeedingWorld(seed, met);
                world.Look();
                for (var i = 0; i < 60; i++)
                    world.Step();
            },
            iter: 5000);

        string[] states =
        [
            "all at once", "batch, few addresses", "batch, many addresses", "head start cut short",
            "DNS seed again after failure", "DNS seed again after addresses", "seed node again after failure", "seed node again after addresses", "again after a change", "fixed at once", "fixed later", "done",
        ];
        Assert.All(states, state => Assert.True(met.GetValueOrDefault(state) >= 20, $"'{state}' was met {met.GetValueOrDefault(state)} times."));
    }

    /// <summary>A look at any other time than those that the rules give changes nothing of what is asked, and when.</summary>
    [Fact]
    public void LookAgainAt_InAnyQuietWorld_IsTheNextMomentThatMatters() =>
        Gen.Select(Gen.Int, Gen.Int[0, 8], Gen.Int[0, 3], Gen.Int[0, 7], Gen.Int[0, 3], Gen.Int[0, 1]).Sample(
            (seed, dns, nodes, networks, size, outbound) =>
            {
                int[] sizes = [0, 10, 999, 4000];
                var plan = new SeedingPlan(new SeedingTimetable(), dns, nodes, (AddressNetworks)networks);
                var view = new SeedingView(TimeSpan.Zero, sizes[size], (AddressNetworks)(seed & 7), outbound);

                Assert.Equal(Log(plan, view, seed, interruptions: null), Log(plan, view, seed, new Random(seed)), StringComparer.Ordinal);
            },
            iter: 2000);

    /// <summary>An hour in a world that does not change: what is asked, and when. How long each takes and what it gives is always the same for a seed.</summary>
    private static List<string> Log(SeedingPlan plan, SeedingView view, int seed, Random? interruptions)
    {
        var rules = new SeedingRules(plan, new Random(seed));
        var log = new List<string>();
        var ends = new PriorityQueue<(SeedKind Kind, int Index), TimeSpan>();
        var interruption = TimeSpan.MaxValue;
        while (view.Now < TimeSpan.FromHours(1) && log.Count < 200)
        {
            var step = rules.Decide(view);
            foreach (var index in step.Dns)
                ends.Enqueue((SeedKind.Dns, index), view.Now + TimeSpan.FromSeconds(Duration(SeedKind.Dns, index, seed)));
            if (step.Node is { } node)
                ends.Enqueue((SeedKind.Node, node), view.Now + TimeSpan.FromSeconds(Duration(SeedKind.Node, node, seed)));
            if (!step.DoesNothing)
            {
                var dns = string.Join(',', step.Dns);
                log.Add(string.Create(CultureInfo.InvariantCulture, $"{view.Now}: DNS {dns}, node {step.Node}, fixed {step.Fixed}"));
            }

            var next = step.LookAgainAt ?? TimeSpan.MaxValue;
            if (ends.TryPeek(out _, out var end) && end < next)
                next = end;
            if (next == TimeSpan.MaxValue)
                break;
            interruption = interruptions is null ? TimeSpan.MaxValue : view.Now + TimeSpan.FromSeconds(interruptions.NextDouble() * 40);
            view = view with { Now = next < interruption ? next : interruption };
            while (ends.TryPeek(out var ended, out var at) && at <= view.Now)
            {
                ends.Dequeue();
                if (ended.Kind == SeedKind.Dns)
                    rules.DnsEnded(ended.Index, (ended.Index + seed) % 3 == 0, at);
                else
                    rules.NodeEnded(ended.Index, (ended.Index + seed) % 3 == 0, at);
            }
        }

        return log;
    }

    private static int Duration(SeedKind kind, int index, int seed) => 1 + (((int)kind + (index * 3) + (seed & 15)) % 13);
}
