using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// Inbound connections: whether they are admitted. The checks go from cheap to dear, and a refused connection uses up nothing. The limits
/// hold at every instant: whoever makes room goes before the newcomer comes.
/// </summary>
internal sealed partial class ConnectionRules
{
    private readonly LinkList _inbound = new();
    private readonly LinkList _allowedInbound = new();
    private readonly SourceTable _sources = new();
    private readonly RefusalCounts _refusals = new();

    private AllowedRanges _allowed;
    private int _handshakes;

    public int InboundCount => _inbound.Count + _allowedInbound.Count;

    /// <summary>Those that take a place under <see cref="MaxInbound"/>; the others take one of the allowed ranges.</summary>
    public int OrdinaryInbound => _inbound.Count;

    /// <summary>Unfinished handshakes, without those of the allowed ranges.</summary>
    public int InboundHandshakes => _handshakes;

    public SourceTable Sources => _sources;

    public RefusalCounts Refusals => _refusals;

    public long InboundAccepted { get; private set; }

    public InboundLimits Limits { get; private set; }

    private int MaxPerHost => Limits.MaxPerHost ?? (MaxInbound is { } max ? Math.Max(8, max / 8) : int.MaxValue);

    private int MaxPerPrefix => Limits.MaxPerPrefix ?? (MaxInbound is { } max ? Math.Max(8, max / 4) : int.MaxValue);

    private int MaxHandshakes => Limits.MaxHandshakes ?? (MaxInbound is { } max ? Math.Max(32, max / 2) : int.MaxValue);

    /// <summary>A listener accepted a connection. It counts from here on, its handshake included.</summary>
    /// <param name="remoteEndPoint">The peer, when it is known.</param>
    /// <param name="door">The listener.</param>
    /// <param name="now">The time.</param>
    /// <param name="link">The connection, to which the shell gives a handle; null when it is refused.</param>
    /// <returns>Why it is refused; none when it is admitted.</returns>
    public ConnectFailureCause Accept(EndPoint? remoteEndPoint, Door door, TimeSpan now, out Link? link)
    {
        link = null;
        var refusal = TryAdmit(remoteEndPoint, door, now, out var arrival);
        if (refusal != ConnectFailureCause.None)
            return Refuse(refusal);
        InboundAccepted++;
        link = Enter(arrival, remoteEndPoint, now);
        if (_options.HasHandshake)
            BeginHandshake(link, now);
        else
            Establish(link, now);
        Settle(now);
        return ConnectFailureCause.None;
    }

    /// <summary>A listener's connection is no good: that counts as a refusal too.</summary>
    /// <returns>The cause.</returns>
    public ConnectFailureCause Refuse(ConnectFailureCause cause)
    {
        _refusals.Add(cause);
        return cause;
    }

    /// <summary>Makes room when that is needed and can be.</summary>
    private ConnectFailureCause TryAdmit(EndPoint? remoteEndPoint, Door door, TimeSpan now, out Arrival arrival)
    {
        arrival = default;
        if (!IsActive)
            return IsStopped ? ConnectFailureCause.Stopped : ConnectFailureCause.Canceled;
        arrival = Look(remoteEndPoint, door);
        var refusal = CheckAddress(ref arrival, remoteEndPoint);
        if (refusal != ConnectFailureCause.None || arrival.IsAllowed)
            return refusal;
        refusal = CheckSource(arrival);
        if (refusal == ConnectFailureCause.None)
            refusal = CheckRate(arrival, now);
        if (refusal == ConnectFailureCause.None)
            refusal = MakeRoomFor(arrival, now);
        if (refusal == ConnectFailureCause.None)
            TakeToken(arrival, now);
        return refusal;
    }

    /// <summary>The address, where it counts, and what it may do.</summary>
    private Arrival Look(EndPoint? remoteEndPoint, Door door)
    {
        var arrival = new Arrival { Door = door, Permissions = door.Profile.Permissions };
        if (remoteEndPoint is not null)
            arrival = arrival with { Key = EndPointKey.Of(remoteEndPoint) };
        if (NetworkEndPoint.TryFromEndPoint(arrival.Key, out var known))
            arrival = arrival with { Address = known.Address };
        if (door.Profile.IsOnion)
            return arrival with { Source = InboundSource.Of(door) };
        if (arrival.Key is not IPEndPoint ip)
            return arrival;
        var address = SourcePrefix.Of(ip.Address);
        if (!_allowed.Contains(address.Bits, out var permissions))
            return arrival with { Source = SourceOf(arrival, address) };
        arrival = arrival with { Permissions = arrival.Permissions | permissions, IsAllowed = _allowedInbound.Count < Limits.AllowedBudget };
        return arrival.IsAllowed ? arrival : arrival with { Source = SourceOf(arrival, address) };
    }

    /// <summary>None for an address that is not publicly routable: a gateway, a proxy or a whole network may be behind it.</summary>
    private InboundSource? SourceOf(in Arrival arrival, SourcePrefix address) => arrival.Address.IsRoutable ? InboundSource.Of(address, Limits) : null;

    private ConnectFailureCause CheckAddress(ref Arrival arrival, EndPoint? remoteEndPoint)
    {
        if (arrival.Key is not { } key)
            return ConnectFailureCause.None;
        var verdict = VerdictOn(EndPointKey.Plain(remoteEndPoint!, key), arrival.Permissions);
        if (verdict == GateVerdict.Refuse)
            return ConnectFailureCause.Gated;
        arrival = arrival with { IsDiscouraged = verdict == GateVerdict.Discourage && !arrival.Door.Profile.IsOnion };
        return !_options.AllowDuplicateAddresses && _claims.OwnerOf(key) is not null ? ConnectFailureCause.DuplicateAddress : ConnectFailureCause.None;
    }

    private ConnectFailureCause CheckSource(in Arrival arrival)
    {
        if (arrival.Source is not { } source)
            return ConnectFailureCause.None;
        var profile = arrival.Door.Profile;
        if (!profile.IsOnion && _sources.Connections(source.Host) >= MaxPerHost)
            return ConnectFailureCause.HostLimit;
        if (_sources.Connections(source.Prefix) >= (profile.IsOnion ? profile.MaxConnections ?? int.MaxValue : MaxPerPrefix))
            return ConnectFailureCause.PrefixLimit;
        return _sources.Handshakes(source.Prefix) >= (profile.IsOnion ? profile.MaxHandshakes : Limits.MaxHandshakesPerPrefix)
            ? ConnectFailureCause.HandshakeLimit
            : ConnectFailureCause.None;
    }

    private Link Enter(in Arrival arrival, EndPoint? remoteEndPoint, TimeSpan now)
    {
        var request = new Request(_ids.Next(), ConnectionKind.Inbound, endPoint: null) { Attempts = 1 };
        var link = new Link(request, now)
        {
            RemoteEndPoint = remoteEndPoint,
            Permissions = arrival.Permissions,
            IsAllowed = arrival.IsAllowed,
            IsDiscouraged = arrival.IsDiscouraged,
            Facts = new PeerFacts
            {
                Source = arrival.Source,
                RatedDoor = arrival.Source is null ? null : arrival.Door,
                Network = arrival.Network,
                IsLocal = arrival.Address.IsLocal,
                KeyedNetgroup = KeyedNetgroupOf(arrival),
            },
        };
        request.Link = link;
        _requests.Add(request.Id, request);
        ListOf(link)!.Add(link);
        CountIn(link);
        return link;
    }

    private void CountIn(Link link)
    {
        if (!link.IsAllowed && _options.HasHandshake)
            _handshakes++;
        if (link.Facts?.Source is not { } source)
            return;
        _sources.Add(source.Prefix, _options.HasHandshake);
        if (source.Host != source.Prefix)
            _sources.Add(source.Host, _options.HasHandshake);
    }

    /// <summary>Its handshake is over, whatever came of it.</summary>
    private void CountHandshakeOut(Link link)
    {
        if (!link.IsAllowed)
            _handshakes--;
        if (link.Facts?.Source is not { } source)
            return;
        _sources.EndHandshake(source.Prefix);
        if (source.Host != source.Prefix)
            _sources.EndHandshake(source.Host);
    }

    private void CountOut(Link link)
    {
        if (link.Phase == LinkPhase.Handshaking)
            CountHandshakeOut(link);
        if (link.Facts?.Source is not { } source)
            return;
        _sources.Remove(source.Prefix);
        if (source.Host != source.Prefix)
            _sources.Remove(source.Host);
    }
}
