using System.Collections.Concurrent;
using Connmgr.Rules;

namespace Connmgr.Tests.Seeding.Rules;

/// <summary>
/// A world for the rules of seeding: keeps books of its own of what was asked and when, and checks each step against what must and what must not be
/// done. Counts the states it meets.
/// </summary>
internal sealed class SeedingWorld
{
    public const AddressNetworks Networks = AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.TorV3;

    private readonly SeedingTimetable _times = new();
    private readonly SeedingPlan _plan;
    private readonly SeedingRules _rules;
    private readonly Random _random;
    private readonly ConcurrentDictionary<string, int> _met;
    private readonly Seed[] _dns;
    private readonly Seed[] _nodes;
    private AddressNetworks _taken;
    private TimeSpan? _dnsEndedAt;
    private TimeSpan? _nodeAskedAt;
    private bool _hadEnough;
    private bool _wasDone;

    public SeedingWorld(int seed, ConcurrentDictionary<string, int> met)
    {
        _random = new Random(seed);
        _met = met;
        _plan = new SeedingPlan(_times, _random.Next(9), _random.Next(4), (AddressNetworks)_random.Next(8));
        _rules = new SeedingRules(_plan, new Random(seed));
        _dns = [.. Enumerable.Range(0, _plan.DnsSeeds).Select(_ => new Seed())];
        _nodes = [.. Enumerable.Range(0, _plan.SeedNodes).Select(_ => new Seed())];
        View = new SeedingView(TimeSpan.Zero, Pick(0, 0, 500, 5000), (AddressNetworks)_random.Next(8), 0);
    }

    public SeedingView View { get; private set; }

    public TimeSpan? LookAgainAt { get; private set; }

    /// <summary>Something happens, and the rules look at it.</summary>
    public void Step()
    {
        switch (_random.Next(8))
        {
            case 0:
                View = View with { Addresses = Pick(0, 1, 999, 1000, 50_000), EmptyNetworks = (AddressNetworks)_random.Next(8) };
                break;
            case 1:
                View = View with { Outbound = Pick(0, 0, 0, 1, 1, 1, 1, 2) };
                break;
            case 2:
                View = View with { Now = View.Now + TimeSpan.FromSeconds(_random.Next(400)) };
                break;
            case 3 when _random.Next(4) == 0:
                Change();
                break;
            case 4 or 5:
                EndOne();
                break;
            default:
                if (LookAgainAt is { } due && due > View.Now)
                    View = View with { Now = due };
                else
                    EndOne();
                break;
        }

        Look();
    }

    public void Look()
    {
        var step = _rules.Decide(View);
        _hadEnough |= View.Outbound >= 2;
        if (_wasDone)
            Assert.True(step is { IsDone: true, DoesNothing: true }, "Done is for good.");
        CheckDns(step);
        CheckNode(step);
        CheckFixed(step);
        Assert.True(step.LookAgainAt is null || step.LookAgainAt > View.Now, $"Looks again at {step.LookAgainAt}, and now is {View.Now}.");
        if (!step.IsDone && step.LookAgainAt is null)
            Assert.True(_dns.Concat(_nodes).Any(seed => seed.IsUnderWay), "Waits for nothing.");
        LookAgainAt = step.LookAgainAt;
        Meet("done", step.IsDone && _hadEnough && !_wasDone);
        _wasDone = step.IsDone;
    }

    private void CheckDns(SeedingStep step)
    {
        var now = View.Now;
        var wasUnderWay = _dns.Any(seed => seed.IsUnderWay);
        var inHeadStart = _nodes.Length > 0 && now < _times.SeedNodeHeadStart
            && (View.Addresses > 0 || _nodes.Any(node => node.IsUnderWay || node.Asked == 0 || ReferenceEquals(node, Asked(step.Node))));
        if (!step.Dns.IsEmpty)
        {
            Assert.False(_hadEnough, "Asks although there were enough peers.");
            Assert.False(inHeadStart, "Seed nodes have a head start.");
            Meet("head start cut short", _nodes.Length > 0 && now < _times.SeedNodeHeadStart);
            if (View.Addresses > 0)
            {
                var pause = View.Addresses < 1000 ? _times.DnsInterval : _times.LongDnsInterval;
                Assert.InRange(step.Dns.Length, 1, 3);
                Assert.False(wasUnderWay, "A batch is under way.");
                Assert.True(now >= pause && (_dnsEndedAt is not { } ended || now >= ended + pause), "The addresses there are have a pause to show.");
                Meet(View.Addresses < 1000 ? "batch, few addresses" : "batch, many addresses", met: true);
            }
            else
            {
                Meet("all at once", step.Dns.Length > 3);
            }
        }

        foreach (var index in step.Dns)
            CheckAsked(_dns[index], "DNS seed");
        if (View.Addresses == 0 && !_hadEnough && !inHeadStart)
        {
            Assert.DoesNotContain(_dns, seed => seed.Asked == 0);
            Assert.DoesNotContain(_dns, seed => View.Outbound == 0 && !seed.IsUnderWay && now - seed.EndedAt >= _times.MaxRetryDuration);
        }
    }

    private void CheckNode(SeedingStep step)
    {
        if (step.Node is not { } index)
            return;
        Assert.False(_hadEnough, "Asks although there were enough peers.");
        Assert.True(View.Addresses == 0 || View.Now >= _times.SeedNodeInterval, "The addresses there are come first.");
        Assert.True(_nodeAskedAt is not { } askedAt || View.Now >= askedAt + _times.SeedNodeInterval, "One at a time.");
        _nodeAskedAt = View.Now;
        CheckAsked(_nodes[index], "seed node");
    }

    private void CheckAsked(Seed seed, string kind)
    {
        Assert.False(seed.IsUnderWay, "It is under way.");
        if (seed.Asked > 0)
        {
            Assert.Equal(0, View.Outbound);
            var least = seed.Forgiven ? _times.SeedNodeInterval
                : seed.Gave ? _times.MaxRetryDuration / 2
                : TimeSpan.FromTicks(Math.Min(seed.Failures, 15) * _times.RetryDuration.Ticks / 2);
            Assert.True(View.Now - seed.EndedAt >= least, $"Asked again after {View.Now - seed.EndedAt}, failed {seed.Failures} times.");
            Meet($"{kind} again after {(seed.Gave ? "addresses" : "failure")}", met: true);
            Meet("again after a change", seed.Forgiven && View.Now - seed.EndedAt < _times.RetryDuration / 2);
        }

        seed.IsUnderWay = true;
        seed.Asked++;
    }

    private void CheckFixed(SeedingStep step)
    {
        var mayTake = View.Now >= _plan.FixedSeedsAt;
        Assert.Equal(mayTake && !_wasDone ? View.EmptyNetworks & _plan.FixedNetworks & ~_taken : AddressNetworks.None, step.Fixed);
        Meet(_plan.FixedSeedsAt == TimeSpan.Zero ? "fixed at once" : "fixed later", step.Fixed != AddressNetworks.None);
        _taken |= step.Fixed;
    }

    private void EndOne()
    {
        var underWay = _dns.Concat(_nodes).Where(seed => seed.IsUnderWay).ToArray();
        if (underWay.Length == 0)
            return;
        var seed = underWay[_random.Next(underWay.Length)];
        View = View with { Now = View.Now + TimeSpan.FromSeconds(_random.Next(20)) };
        seed.IsUnderWay = false;
        seed.EndedAt = View.Now;
        seed.Forgiven = false;
        seed.Gave = _random.Next(3) == 0;
        seed.Failures = seed.Gave ? 0 : seed.Failures + 1;
        var index = Array.IndexOf(_dns, seed);
        if (index >= 0)
        {
            _dnsEndedAt = View.Now;
            _rules.DnsEnded(index, seed.Gave, View.Now);
        }
        else
        {
            _rules.NodeEnded(Array.IndexOf(_nodes, seed), seed.Gave, View.Now);
        }
    }

    private void Change()
    {
        _rules.NetworkChanged();
        foreach (var seed in _dns.Concat(_nodes).Where(seed => seed is { IsUnderWay: false, Failures: > 0 }))
            (seed.Forgiven, seed.Failures) = (true, 0);
    }

    private Seed? Asked(int? node) => node is { } index ? _nodes[index] : null;

    private void Meet(string state, bool met)
    {
        if (met)
            _met.AddOrUpdate(state, 1, static (_, count) => count + 1);
    }

    private int Pick(params ReadOnlySpan<int> values) => values[_random.Next(values.Length)];

    private sealed class Seed
    {
        public int Asked { get; set; }

        public int Failures { get; set; }

        public bool Gave { get; set; }

        public bool Forgiven { get; set; }

        public bool IsUnderWay { get; set; }

        public TimeSpan EndedAt { get; set; }
    }
}
