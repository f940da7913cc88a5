using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Seeding.Rules;

/// <summary>Whom to ask when rare services are required: never while there is somebody, never too many, and no look too many changes anything.</summary>
public sealed class FallbackRulesTests
{
    private static readonly SeedingTimetable Times = new();

    [Fact]
    public void Decide_WhateverHappens_AsksWhenNobodyIsThere_AndOneASecond() =>
        Gen.Select(Gen.Int, Gen.Int[0, 4], Gen.Bool).Sample(
            (seed, dns, asksPeers) =>
            {
                var random = new Random(seed);
                var rules = new FallbackRules(Times, Enumerable.Range(0, dns), asksPeers, new Random(seed));
                var (underWay, dnsUnderWay) = (0, new HashSet<int>());
                TimeSpan? askedAt = null;
                var view = new SeedingView(TimeSpan.Zero, Addresses: 0, AddressNetworks.None, Outbound: 0);
                for (var i = 0; i < 200; i++)
                {
                    var step = rules.Decide(view);
                    Assert.True(step.LookAgainAt is null || step.LookAgainAt > view.Now, $"Looks again at {step.LookAgainAt}, and now is {view.Now}.");
                    Assert.True(view is { Outbound: 0 } || (!step.AsksPeer && step.Dns.IsEmpty), "Asks though there is somebody.");
                    Assert.True(view.Now >= Times.FallbackDelay || (!step.AsksPeer && step.Dns.IsEmpty), "Asks in the first seconds.");
                    Assert.All(step.Dns, index => Assert.True(dnsUnderWay.Add(index), "It is under way."));
                    if (step.AsksPeer)
                    {
                        Assert.True(view.Addresses > 0 && ++underWay <= FallbackRules.MaxUnderWay);
                        Assert.True(askedAt is null || view.Now - askedAt >= FallbackRules.PeerInterval, "One a second.");
                        askedAt = view.Now;
                    }

                    switch (random.Next(6))
                    {
                        case 0:
                            view = view with { Outbound = random.Next(5) == 0 ? 1 : 0 };
                            break;
                        case 1:
                            view = view with { Addresses = random.Next(3) * 700 };
                            break;
                        case 2 when underWay > 0:
                            underWay--;
                            rules.PeerEnded(random.Next(2) == 0, view.Now);
                            break;
                        case 3 when dnsUnderWay.Count > 0:
                            var ended = dnsUnderWay.First();
                            dnsUnderWay.Remove(ended);
                            rules.DnsEnded(ended, random.Next(2) == 0, view.Now);
                            break;
                        default:
                            view = view with { Now = step.LookAgainAt ?? view.Now + TimeSpan.FromSeconds(1) };
                            break;
                    }
                }
            },
            iter: 500);

    [Fact]
    public void Decide_AtAnyMomentBetween_ChangesNothing() =>
        Gen.Select(Gen.Int, Gen.Int[0, 3], Gen.Int[0, 1], Gen.Bool).Sample(
            (seed, dns, size, asksPeers) => Assert.Equal(
                Log(dns, size * 2000, asksPeers, seed, interruptions: null), Log(dns, size * 2000, asksPeers, seed, new Random(seed)), StringComparer.Ordinal),
            iter: 300);

    /// <summary>Half an hour in which each is answered with nothing after two seconds.</summary>
    private static List<string> Log(int dns, int addresses, bool asksPeers, int seed, Random? interruptions)
    {
        var rules = new FallbackRules(Times, Enumerable.Range(0, dns), asksPeers, new Random(seed));
        var log = new List<string>();
        var ends = new PriorityQueue<int, TimeSpan>();
        var view = new SeedingView(TimeSpan.Zero, addresses, AddressNetworks.None, Outbound: 0);
        while (view.Now < TimeSpan.FromMinutes(30))
        {
            var step = rules.Decide(view);
            foreach (var index in step.Dns)
                ends.Enqueue(index, view.Now + TimeSpan.FromSeconds(2));
            if (step.AsksPeer)
                ends.Enqueue(-1, view.Now + TimeSpan.FromSeconds(2));
            if (step.AsksPeer || !step.Dns.IsEmpty)
                log.Add($"{view.Now}: {string.Join(',', step.Dns)} {step.AsksPeer}");
            var next = step.LookAgainAt ?? TimeSpan.MaxValue;
            if (ends.TryPeek(out _, out var end) && end < next)
                next = end;
            if (next == TimeSpan.MaxValue)
                break;
            var interruption = interruptions is null ? TimeSpan.MaxValue : view.Now + TimeSpan.FromSeconds(interruptions.NextDouble() * 5);
            view = view with { Now = next < interruption ? next : interruption };
            while (ends.TryPeek(out var ended, out var at) && at <= view.Now)
            {
                ends.Dequeue();
                if (ended < 0)
                    rules.PeerEnded(wasThereOne: true, at);
                else
                    rules.DnsEnded(ended, gave: false, at);
            }
        }

        return log;
    }
}
