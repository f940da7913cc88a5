namespace Connmgr.Rules;

/// <summary>Room for one more connection: whether there is, and who makes some.</summary>
internal sealed partial class ConnectionRules
{
    /// <summary>How long a peer may take to show that it is of use: much longer than an announcement takes through the network.</summary>
    private static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(1);

    private EvictionCandidate[] _candidates = new EvictionCandidate[32];
    private volatile bool _knowsUsefulness;
    private int _asked;

    public long Evicted { get; private set; }

    /// <summary>Whether anything was reported of what peers give: those that gave nothing differ from others then. Set from any thread.</summary>
    public bool KnowsUsefulness
    {
        get => _knowsUsefulness;
        set => _knowsUsefulness = value;
    }

    private int AutomaticLinks => _automatic.Count + _reconnecting.Count + _attempts.Count;

    /// <summary>Places that are kept for the allowed ranges, in use or not.</summary>
    private int AllowedPlaces => _allowed.IsEmpty ? _allowedInbound.Count : Math.Max(_allowedInbound.Count, Limits.AllowedBudget);

    /// <summary>Whether the total has a place for one more connection that is not automatic. Those of the target are taken, in use or not.</summary>
    private bool HasRoom => FreeBeside(Math.Max(_options.HasSource ? TargetOutbound : 0, AutomaticLinks)) > 0;

    /// <summary>Whether the total has a place for one more automatic dial: one that is kept for the target, or one that nobody has.</summary>
    private bool HasAutomaticRoom => FreeBeside(AutomaticLinks) > 0;

    private long FreeBeside(int automatic) => (Limits.MaxConnections ?? long.MaxValue) - _inbound.Count - AllowedPlaces - _asked - automatic;

    /// <summary>One goes for one that comes, as a rule; more when a limit was lowered meanwhile.</summary>
    private ConnectFailureCause MakeRoomFor(in Arrival arrival, TimeSpan now)
    {
        if (arrival.IsDiscouraged && _inbound.Count + 1 >= MaxInbound)
            return ConnectFailureCause.LimitReached;
        while (true)
        {
            var areHandshakesFull = _options.HasHandshake && _handshakes >= MaxHandshakes;
            if (!areHandshakesFull && HasRoom && !(_inbound.Count >= MaxInbound))
                return ConnectFailureCause.None;
            if (arrival.IsDiscouraged || FindLeastUseful(areHandshakesFull, now) is not { } evicted)
                return areHandshakesFull ? ConnectFailureCause.HandshakeLimit : ConnectFailureCause.LimitReached;
            Evict(evicted, now);
        }
    }

    /// <summary>Inbound connections go, one at a time, until the total has a place for one that the user asked for.</summary>
    /// <returns>Whether it has.</returns>
    private bool MakeRoomForAsked(TimeSpan now)
    {
        while (!HasRoom)
        {
            if ((FindLeastUseful(onlyHandshakes: false, now) ?? YoungestToSpare()) is not { } evicted)
                return false;
            Evict(evicted, now);
        }

        return true;
    }

    /// <summary>The youngest inbound connection that nothing protects; the youngest at all when there is none.</summary>
    private Link? YoungestToSpare()
    {
        for (var link = _inbound.Last; link is not null; link = link.Previous)
        {
            if (!IsProtected(link))
                return link;
        }

        return _inbound.Last;
    }

    private static bool IsProtected(Link link) => link.Facts!.IsProtected || link.Permissions.HasFlag(ConnectionPermissions.NoBan);

    /// <summary>The total has become smaller: the youngest inbound connections beyond it go.</summary>
    private void CloseInboundBeyondTotal(TimeSpan now)
    {
        while (Limits.MaxConnections is not null && FreeBeside(Math.Max(_options.HasSource ? TargetOutbound : 0, AutomaticLinks)) < 0 && _inbound.Last is { } youngest)
            EndWithLink(youngest.Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
    }

    private void Evict(Link link, TimeSpan now)
    {
        Evicted++;
        if (link.Phase == LinkPhase.Established)
            Close(link, DisconnectReason.Of(DisconnectCause.Evicted), triggerReconnect: false, now);
        else
            FailAttempt(link, ConnectFailureCause.Evicted, now);
    }

    private Link? FindLeastUseful(bool onlyHandshakes, TimeSpan now)
    {
        if (!Limits.Evict)
            return null;
        if (_candidates.Length < _inbound.Count)
            _candidates = new EvictionCandidate[Math.Max(_inbound.Count, _candidates.Length * 2)];
        var count = 0;
        for (var link = _inbound.First; link is not null; link = link.Next)
        {
            if (!onlyHandshakes || link.Phase == LinkPhase.Handshaking)
                _candidates[count++] = CandidateOf(link, now);
        }

        return Eviction.Select(_candidates.AsSpan(0, count)) is { } id ? Find(id)!.Link : null;
    }

    private EvictionCandidate CandidateOf(Link link, TimeSpan now)
    {
        var facts = link.Facts!;
        return new EvictionCandidate
        {
            Id = link.Request.Id,
            ConnectedAt = link.StartedAt,
            MinRoundTrip = facts.MinRoundTrip,
            LastMajorNews = facts.LastMajorNews,
            LastMinorNews = facts.LastMinorNews,
            OffersWantedServices = facts.OffersWantedServices,
            RelaysMinorNews = facts.RelaysMinorNews,
            FiltersMinorNews = facts.FiltersMinorNews,
            KeyedNetgroup = facts.KeyedNetgroup,
            Network = facts.Network,
            IsLocal = facts.IsLocal,
            PrefersEviction = link.IsDiscouraged,
            IsIdle = _knowsUsefulness && !facts.TakesPart && now - link.StartedAt >= IdleAfter,
            IsExempt = IsProtected(link) || now - link.StartedAt < Limits.MinEvictionAge,
        };
    }

    /// <summary>The netgroup under a secret, so that nobody can tell which groups are the protected ones.</summary>
    private ulong KeyedNetgroupOf(in Arrival arrival)
    {
        var group = arrival.Key is { } key ? _options.GroupOf(key) : default;
        if (group.IsNone)
            group = Netgroup.Of(arrival.Address); // Tor, I2P and CJDNS, which the limits of outbound connections leave out.
        Span<byte> bytes = stackalloc byte[Netgroup.MaxLength];
        return SipHash.Hash(_options.NetgroupKey, bytes[..group.WriteBytes(bytes)]);
    }
}
