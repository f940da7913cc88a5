using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>
/// The rules of seeding: Bitcoin Core's timetable, and in addition repeated queries of seeds while there is no peer. Level-triggered: the
/// next step follows from the view and from the earlier queries, so it may be requested at any time. Not thread-safe.
/// </summary>
internal sealed class SeedingRules
{
    private readonly SeedingPlan _plan;
    private readonly SeedingTimetable _times;
    private readonly Random _random;
    private readonly ImmutableArray<SeedState> _dns;
    private readonly ImmutableArray<SeedState> _nodes;
    private AddressNetworks _fixedLeft;
    private TimeSpan? _dnsEndedAt;
    private TimeSpan? _nodeAskedAt;
    private bool _hasEnough;
    private bool _isDone;

    /// <summary>Creates the rules for a plan.</summary>
    /// <param name="plan">The seeds and their timetable.</param>
    /// <param name="random">The random numbers for the jitter and for the order of the seeds, so that not all nodes ask the same seed first.</param>
    public SeedingRules(SeedingPlan plan, Random random)
    {
        (_plan, _times, _random) = (plan, plan.Timetable, random);
        _dns = Shuffled(plan.DnsSeeds);
        _nodes = Shuffled(plan.SeedNodes);
        _fixedLeft = plan.FixedNetworks;
    }

    /// <summary>Decides the next actions. Call it at the time that the last step returned, and when a query has ended.</summary>
    public SeedingStep Decide(in SeedingView view)
    {
        if (_isDone)
            return new SeedingStep { IsDone = true };
        _hasEnough |= view.Outbound >= _times.EnoughOutbound;
        var taken = TakeFixed(view);
        var node = _hasEnough ? null : BeginNode(view);
        var dns = _hasEnough ? [] : BeginDns(view);
        _isDone = _hasEnough
            ? _fixedLeft == AddressNetworks.None || view.Now >= _plan.FixedSeedsAt
            : _dns.IsEmpty && _nodes.IsEmpty && _fixedLeft == AddressNetworks.None;
        return new SeedingStep
        {
            Dns = dns,
            Node = node,
            Fixed = taken,
            LookAgainAt = Earlier(NextFixed(view), _hasEnough ? null : Earlier(NextNode(view), NextDns(view))),
            IsDone = _isDone,
        };
    }

    /// <summary>Records the end of a DNS query.</summary>
    public void DnsEnded(int index, bool gave, TimeSpan now)
    {
        _dnsEndedAt = now;
        GetState(_dns, index).End(gave, now, _times, _random);
    }

    /// <summary>Records the end of a query of a seed node.</summary>
    public void NodeEnded(int index, bool gave, TimeSpan now) => GetState(_nodes, index).End(gave, now, _times, _random);

    /// <summary>Records a change of the system's network, after which earlier failures may succeed.</summary>
    public void NetworkChanged()
    {
        foreach (var seed in _dns.Concat(_nodes))
            seed.ResetFailures(_times.SeedNodeInterval);
    }

    /// <summary>Counts the queries of a seed.</summary>
    public int TimesAsked(SeedKind kind, int index) => GetState(kind == SeedKind.Node ? _nodes : _dns, index).Asked;

    private AddressNetworks TakeFixed(in SeedingView view)
    {
        if (view.Now < _plan.FixedSeedsAt)
            return AddressNetworks.None;
        var taken = _fixedLeft & view.EmptyNetworks;
        _fixedLeft &= ~taken;
        return taken;
    }

    private TimeSpan? NextFixed(in SeedingView view)
    {
        if (_fixedLeft == AddressNetworks.None)
            return null;
        if (view.Now < _plan.FixedSeedsAt)
            return _plan.FixedSeedsAt;
        return _hasEnough ? null : view.Now + _times.DnsInterval; // A network may still lose its last address.
    }

    private int? BeginNode(in SeedingView view)
    {
        if (view.Now < NodesFrom(view))
            return null;
        foreach (var node in _nodes)
        {
            if (!MayAsk(node, view))
                continue;
            _nodeAskedAt = view.Now;
            node.Begin();
            return node.Index;
        }

        return null;
    }

    private TimeSpan? NextNode(in SeedingView view) => Next(_nodes, NodesFrom(view), view);

    private TimeSpan NodesFrom(in SeedingView view) => _nodeAskedAt is { } askedAt ? askedAt + _times.SeedNodeInterval
        : view.Addresses == 0 ? TimeSpan.Zero
        : _times.SeedNodeInterval;

    private ImmutableArray<int> BeginDns(SeedingView view)
    {
        if (view.Now < DnsFrom(view) || (view.Addresses > 0 && IsDnsUnderWay))
            return [];
        var batch = _dns.Where(seed => MayAsk(seed, view))
            .OrderBy(seed => seed.Asked)
            .Take(view.Addresses == 0 ? int.MaxValue : _times.DnsBatchSize)
            .ToArray();
        foreach (var seed in batch)
            seed.Begin();
        return [.. batch.Select(seed => seed.Index)];
    }

    /// <summary>Computes the time of the next DNS query; null while a batch is in progress, because its end triggers the next decision.</summary>
    private TimeSpan? NextDns(in SeedingView view) =>
        view.Addresses > 0 && IsDnsUnderWay ? null : Next(_dns, DnsFrom(view), view);

    private TimeSpan DnsFrom(in SeedingView view)
    {
        var start = HasHeadStart(view) ? _times.SeedNodeHeadStart : TimeSpan.Zero;
        if (view.Addresses == 0)
            return start;
        var from = _dnsEndedAt is { } endedAt && endedAt > start ? endedAt : start;
        return from + (view.Addresses < _times.ManyAddresses ? _times.DnsInterval : _times.LongDnsInterval);
    }

    /// <summary>Determines whether seed nodes still have a head start: not if all have been asked and the book is still empty.</summary>
    private bool HasHeadStart(in SeedingView view) =>
        !_nodes.IsEmpty && (view.Addresses > 0 || _nodes.Any(static node => node.IsUnderWay || node.Asked == 0));

    private bool IsDnsUnderWay => _dns.Any(static seed => seed.IsUnderWay);

    private static bool MayAsk(SeedState seed, in SeedingView view) =>
        !seed.IsUnderWay && (seed.Asked == 0 || (view.Outbound == 0 && view.Now >= seed.DueAt));

    /// <summary>Computes when the first of some seeds may be asked if the view does not change; not before <paramref name="from"/>.</summary>
    private TimeSpan? Next(ImmutableArray<SeedState> seeds, TimeSpan from, in SeedingView view)
    {
        TimeSpan? next = null;
        foreach (var seed in seeds)
        {
            if (seed.IsUnderWay)
                continue;
            var due = from > seed.DueAt ? from : seed.DueAt;

            // A seed is asked again only while there is no peer; the current peer may be gone then.
            if (seed.Asked > 0 && view.Outbound > 0 && due < view.Now + _times.DnsInterval)
                due = view.Now + _times.DnsInterval;
            next = Earlier(next, due);
        }

        return next;
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private static SeedState GetState(ImmutableArray<SeedState> seeds, int index) => seeds.Single(seed => seed.Index == index);

    private ImmutableArray<SeedState> Shuffled(int count)
    {
        var indices = Enumerable.Range(0, count).ToArray();
        _random.Shuffle(indices);
        return [.. indices.Select(index => new SeedState(index))];
    }
}
