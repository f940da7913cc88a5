using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>
/// The rules for required services that most peers do not offer, while no peer is found: ask DNS seeds for peers with ordinary services,
/// and known peers of any services for addresses, because each knows thousands of others. Level-triggered, as <see cref="SeedingRules"/>.
/// Not thread-safe. Design S-3.
/// </summary>
internal sealed class FallbackRules
{
    /// <summary>The maximum number of known peers that are asked at the same time.</summary>
    public const int MaxUnderWay = 4;

    /// <summary>The pause between two known peers: a dead address costs as much as that of an automatic dial.</summary>
    public static readonly TimeSpan PeerInterval = TimeSpan.FromSeconds(1);

    /// <summary>The pause after a query found no known peer to ask.</summary>
    public static readonly TimeSpan PeerRest = TimeSpan.FromSeconds(10);

    private readonly SeedingTimetable _times;
    private readonly Random _random;
    private readonly ImmutableArray<SeedState> _dns;
    private readonly bool _asksPeers;
    private TimeSpan _peersFrom;
    private int _peersUnderWay;
    private bool _isDone;

    /// <summary>Creates the rules.</summary>
    /// <param name="times">The timetable.</param>
    /// <param name="dnsSeeds">The indexes of the DNS seeds that can be asked for ordinary services.</param>
    /// <param name="asksPeers">True if known peers can be asked.</param>
    /// <param name="random">The random numbers for the jitter.</param>
    public FallbackRules(SeedingTimetable times, IEnumerable<int> dnsSeeds, bool asksPeers, Random random)
    {
        (_times, _asksPeers, _random) = (times, asksPeers, random);
        _dns = [.. dnsSeeds.Select(static index => new SeedState(index))];
        _peersFrom = times.FallbackDelay;
    }

    /// <summary>The number of queries of known peers so far, including those that found no peer to ask.</summary>
    public int PeersAsked { get; private set; }

    /// <summary>Decides the next actions.</summary>
    public FallbackStep Decide(in SeedingView view)
    {
        _isDone |= view.Outbound >= _times.EnoughOutbound || (_dns.IsEmpty && !_asksPeers);
        if (_isDone)
            return new FallbackStep { IsDone = true };
        if (view.Outbound > 0)
            return new FallbackStep { LookAgainAt = view.Now + _times.DnsInterval }; // The only peer may be gone then.
        var asked = BeginDns(view);
        var asksPeer = BeginPeer(view);
        return new FallbackStep { Dns = asked, AsksPeer = asksPeer, LookAgainAt = NextAt(view) };
    }

    /// <summary>Records the end of a DNS query.</summary>
    public void DnsEnded(int index, bool gave, TimeSpan now) => GetState(index).End(gave, now, _times, _random);

    /// <summary>Records the end of a query of a known peer, or that there was no peer to ask.</summary>
    public void PeerEnded(bool wasThereOne, TimeSpan now)
    {
        _peersUnderWay--;
        if (!wasThereOne && _peersFrom < now + PeerRest)
            _peersFrom = now + PeerRest;
    }

    /// <summary>Records a change of the system's network, after which earlier failures may succeed.</summary>
    public void NetworkChanged()
    {
        foreach (var seed in _dns)
            seed.ResetFailures(_times.SeedNodeInterval);
    }

    /// <summary>Counts the queries of a seed.</summary>
    public int TimesAsked(int index) => GetState(index).Asked;

    private ImmutableArray<int> BeginDns(SeedingView view)
    {
        if (view.Now < DnsFrom(view))
            return [];
        var due = _dns.Where(seed => !seed.IsUnderWay && view.Now >= seed.DueAt).ToArray();
        foreach (var seed in due)
            seed.Begin();
        return [.. due.Select(static seed => seed.Index)];
    }

    private bool BeginPeer(in SeedingView view)
    {
        if (!MayAskPeers(view) || view.Now < _peersFrom)
            return false;
        _peersFrom = view.Now + PeerInterval;
        _peersUnderWay++;
        PeersAsked++;
        return true;
    }

    private TimeSpan? NextAt(SeedingView view)
    {
        TimeSpan? next = MayAskPeers(view) ? _peersFrom : null;
        foreach (var seed in _dns)
        {
            var due = seed.DueAt > DnsFrom(view) ? seed.DueAt : DnsFrom(view);
            if (!seed.IsUnderWay && (next is null || due < next))
                next = due;
        }

        return next;
    }

    /// <summary>Computes the time of the first DNS query: later if the book has many addresses, because peers then know more than DNS.</summary>
    private TimeSpan DnsFrom(in SeedingView view) =>
        view.Addresses < _times.ManyAddresses || !_asksPeers ? _times.FallbackDelay : _times.FallbackDelay + _times.LongDnsInterval;

    private bool MayAskPeers(in SeedingView view) => _asksPeers && view.Addresses > 0 && _peersUnderWay < MaxUnderWay;

    private SeedState GetState(int index) => _dns.Single(seed => seed.Index == index);
}
