namespace Connmgr.Rules;

/// <summary>Chooses the inbound connection that makes room for another.</summary>
internal sealed class EvictionChooser(InboundLinks links, Dictionary<long, Request> requests)
{
    /// <summary>The time that a peer has to prove useful: much longer than an announcement takes through the network. Design I-1.</summary>
    private static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(1);

    private EvictionCandidate[] _candidates = new EvictionCandidate[32];
    private volatile bool _knowsUsefulness;

    /// <summary>
    /// True once the usefulness of any peer was reported, so that the absence of a report means something. May be set from any thread.
    /// </summary>
    public bool KnowsUsefulness
    {
        get => _knowsUsefulness;
        set => _knowsUsefulness = value;
    }

    /// <summary>Chooses the least useful link that takes a place under MaxInbound.</summary>
    /// <returns>The link; null if eviction is off or all are worth keeping.</returns>
    public Link? Choose(InboundLimits limits, bool onlyHandshakes, TimeSpan now)
    {
        if (!limits.EvictionEnabled)
            return null;
        if (_candidates.Length < links.Regular.Count)
            _candidates = new EvictionCandidate[Math.Max(links.Regular.Count, _candidates.Length * 2)];
        var count = 0;
        for (var link = links.Regular.First; link is not null; link = link.Next)
        {
            if (!onlyHandshakes || link.Phase == LinkPhase.Handshaking)
                _candidates[count++] = GetCandidate(link, limits.MinEvictionAge, now);
        }

        return Eviction.Select(_candidates.AsSpan(0, count)) is { } id ? requests[id].Link : null;
    }

    /// <summary>
    /// Gets the youngest unprotected link, or the youngest of all if there is none. One must make room for a connection that the user
    /// requested.
    /// </summary>
    public Link? ChooseYoungest()
    {
        for (var link = links.Regular.Last; link is not null; link = link.Previous)
        {
            if (!IsProtected(link))
                return link;
        }

        return links.Regular.Last;
    }

    private static bool IsProtected(Link link) => link.Facts!.IsProtected || link.Permissions.HasFlag(ConnectionPermissions.NoBan);

    private EvictionCandidate GetCandidate(Link link, TimeSpan minAge, TimeSpan now)
    {
        var facts = link.Facts!;
        var age = now - link.StartedAt;
        return new EvictionCandidate
        {
            Id = link.Request.Id,
            ConnectedAt = link.StartedAt,
            MinRoundTrip = facts.MinRoundTrip,
            LastUsefulBlock = facts.LastUsefulBlock,
            LastUsefulTransaction = facts.LastUsefulTransaction,
            OffersWantedServices = facts.OffersWantedServices,
            RelaysTransactions = facts.RelaysTransactions,
            FiltersTransactions = facts.FiltersTransactions,
            KeyedNetgroup = facts.KeyedNetgroup,
            Network = facts.Network,
            IsLocal = facts.IsLocal,
            PrefersEviction = link.IsDiscouraged,
            IsIdle = _knowsUsefulness && !facts.TakesPart && age >= IdleAfter,
            IsExempt = IsProtected(link) || age < minAge,
        };
    }
}
