using System.Collections.Immutable;

namespace Connmgr.Rules;

/// <summary>
/// The rules for more required services than most peers offer, while no peer is found: ask DNS seeds for peers with ordinary services, and known peers of
/// any services, since each of them knows thousands of others. Level-triggered, as <see cref="SeedingRules"/>. Not thread-safe. Design S-3.
/// </summary>
internal sealed class FallbackRules
{
    /// <summary>The most known peers that are asked at a time.</summary>
    public const int MaxUnderWay = 4;

    /// <summary>The pause from one known peer to the next: an address that is dead costs as much as one of an automatic dial.</summary>
    public static readonly TimeSpan PeerInterval = TimeSpan.FromSeconds(1);

    /// <summary>The pause after there was no known peer to ask.</summary>
    public static readonly TimeSpan PeerRest = TimeSpan.FromSeconds(10);

    private readonly SeedingTimetable _times;
    private readonly Random _random;
    private readonly ImmutableArray<SeedState> _dns;
    private readonly bool _asksPeers;
    private TimeSpan _peersFrom;
    private int _peersUnderWay;
    private bool _isDone;

    /// <summary>Makes the rules.</summary>
    /// <param name="times">The timetable.</param>
    /// <param name="dnsSeeds">The numbers of the DNS seeds that can be asked for ordinary services.</param>
    /// <param name="asksPeers">True when known peers can be asked.</param>
    /// <param name="random">Decides the jitter.</param>
    public FallbackRules(SeedingTimetable times, IEnumerable<int> dnsSeeds, bool asksPeers, Random random)
    {
        (_times, _asksPeers, _random) = (times, asksPeers, random);
        _dns = [.. dnsSeeds.Select(static index => new SeedState(index))];
        _peersFrom = times.FallbackDelay;
    }

    /// <summary>The number of known peers that were asked.</summary>
    public int PeersAsked { get; private set; }

    /// <summary>Decides what is to be done now.</summary>
    public FallbackStep Decide(in SeedingView view)
    {
        _isDone |= view.Outbound >= _times.EnoughOutbound || (_dns.IsEmpty && !_asksPeers);
        if (_isDone)
            return new FallbackStep { IsDone = true };
        if (view.Outbound > 0)
            return new FallbackStep { LookAgainAt = view.Now + _times.DnsInterval }; // The one peer there is may be gone then.
        var asked = BeginDns(view);
        var asksPeer = BeginPeer(view);
        return new FallbackStep { Dns = asked, AsksPeer = asksPeer, LookAgainAt = NextAt(view) };
    }

    /// <summary>Notes that a DNS seed has ended.</summary>
    public void DnsEnded(int index, bool gave, TimeSpan now) => GetState(index).End(gave, now, _times, _random);

    /// <summary>Notes that a known peer was asked, or that there was none.</summary>
    public void PeerEnded(bool wasThereOne, TimeSpan now)
    {
        _peersUnderWay--;
        if (!wasThereOne && _peersFrom < now + PeerRest)
            _peersFrom = now + PeerRest;
    }

    /// <summary>Notes a change of the system's network: earlier failures may succeed now.</summary>
    public void NetworkChanged()
    {
        foreach (var seed in _dns)
            seed.Forgive(_times.SeedNodeInterval);
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

    /// <summary>Computes the time of the first DNS query. With many addresses there are peers to ask, which know more than DNS.</summary>
    private TimeSpan DnsFrom(in SeedingView view) =>
        view.Addresses < _times.ManyAddresses || !_asksPeers ? _times.FallbackDelay : _times.FallbackDelay + _times.LongDnsInterval;

    private bool MayAskPeers(in SeedingView view) => _asksPeers && view.Addresses > 0 && _peersUnderWay < MaxUnderWay;

    private SeedState GetState(int index) => _dns.Single(seed => seed.Index == index);
}
