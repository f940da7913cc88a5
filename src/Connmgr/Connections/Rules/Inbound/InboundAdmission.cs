using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The admission of inbound connections. Cheap checks come first, and a refused connection takes no tokens. The limits hold at every
/// instant: a connection that makes room ends before the new one is admitted.
/// </summary>
internal sealed class InboundAdmission(RulesOptions options, Gatekeeper gatekeeper, ClaimTable claims, InboundLinks links)
{
    private InboundLimits _limits = options.Manager.InboundLimits;
    private AllowedRanges _allowed = new(options.Manager.InboundLimits.AllowList);

    public int? MaxInbound { get; set; } = options.Manager.MaxInbound;

    public InboundLimits Limits
    {
        get => _limits;
        set
        {
            _limits = value;
            _allowed = new AllowedRanges(value.AllowList);
        }
    }

    public AcceptRates Rates { get; } = new(options.Random);

    /// <summary>Connections refused so far, by cause.</summary>
    public RefusalCounts Refusals { get; } = new();

    /// <summary>Connections admitted so far.</summary>
    public long Accepted { get; private set; }

    /// <summary>The number of places that are reserved for the allow-list, in use or not.</summary>
    public int AllowedPlaces => _allowed.IsEmpty ? links.Allowed.Count : Math.Max(links.Allowed.Count, Limits.MaxAllowListed);

    private int MaxPerHost => Limits.MaxPerHost ?? ShareOfMaxInbound(8, 8);

    private int MaxPerPrefix => Limits.MaxPerPrefix ?? ShareOfMaxInbound(4, 8);

    private int MaxHandshakes => Limits.MaxHandshakes ?? ShareOfMaxInbound(2, 32);

    /// <summary>Checks everything except the available room.</summary>
    public ConnectFailureCause Check(EndPoint? remoteEndPoint, ListenerInfo listener, TimeSpan now, out InboundAttempt attempt)
    {
        attempt = Classify(remoteEndPoint, listener);
        var refusal = CheckAddress(ref attempt, remoteEndPoint);
        if (refusal != ConnectFailureCause.None || attempt.IsAllowed)
            return refusal;
        refusal = CheckSource(attempt);
        return refusal == ConnectFailureCause.None ? Rates.Check(attempt, Limits, now) : refusal;
    }

    /// <summary>Finds the limit that requires the end of a connection before another is admitted.</summary>
    /// <param name="attempt">The connection to be admitted.</param>
    /// <param name="hasRoom">True when the total has a place.</param>
    public ConnectFailureCause FindShortage(in InboundAttempt attempt, bool hasRoom)
    {
        if (attempt.IsAllowed)
            return ConnectFailureCause.None;
        if (attempt.IsDiscouraged && links.Regular.Count + 1 >= MaxInbound)
            return ConnectFailureCause.ConnectionLimit; // The last place is not for a discouraged address.
        if (options.HasHandshake && links.Handshakes >= MaxHandshakes)
            return ConnectFailureCause.HandshakeLimit;
        return hasRoom && !(links.Regular.Count >= MaxInbound) ? ConnectFailureCause.None : ConnectFailureCause.ConnectionLimit;
    }

    /// <summary>Admits a checked connection for which there is room. It counts from now on, including its handshake.</summary>
    public Link Admit(in InboundAttempt attempt, long id, EndPoint? remoteEndPoint, TimeSpan now)
    {
        Rates.Take(attempt, Limits, now);
        Accepted++;
        var request = new Request(id, ConnectionKind.Inbound, endPoint: null) { Attempts = 1 };
        var link = new Link(request, now)
        {
            RemoteEndPoint = remoteEndPoint,
            Permissions = attempt.Permissions,
            IsAllowed = attempt.IsAllowed,
            IsDiscouraged = attempt.IsDiscouraged,
            Facts = new PeerFacts
            {
                Source = attempt.Source,
                RatedListener = attempt.Source is null ? null : attempt.Listener,
                Network = attempt.Network,
                IsLocal = attempt.Address.IsLocal,
                KeyedNetgroup = GetKeyedNetgroup(attempt),
            },
        };
        request.Link = link;
        links.Add(link);
        return link;
    }

    /// <summary>Finds the source and the permissions of an address.</summary>
    private InboundAttempt Classify(EndPoint? remoteEndPoint, ListenerInfo listener)
    {
        var attempt = new InboundAttempt { Listener = listener, Permissions = listener.Profile.Permissions };
        if (remoteEndPoint is not null)
            attempt = attempt with { Key = EndPointKey.Borrow(remoteEndPoint) };
        if (NetworkEndPoint.TryFromEndPoint(attempt.Key, out var known))
            attempt = attempt with { Address = known.Address.ToCjdns() }; // In fc00::/8 each address is one host.
        if (listener.Profile.IsOverlay)
            return attempt with { Source = InboundSource.FromListener(listener) };
        if (attempt.Key is not IPEndPoint ip)
            return attempt;
        var address = SourcePrefix.FromAddress(ip.Address);
        if (!_allowed.Contains(address.Bits, out var permissions))
            return attempt with { Source = GetSource(attempt, address) };
        attempt = attempt with { Permissions = attempt.Permissions | permissions, IsAllowed = links.Allowed.Count < Limits.MaxAllowListed };
        return attempt.IsAllowed ? attempt : attempt with { Source = GetSource(attempt, address) };
    }

    /// <summary>
    /// Gets the source of an address; none for one that is not publicly routable: a gateway, a proxy or a whole network may be behind it.
    /// Design I-3.
    /// </summary>
    private InboundSource? GetSource(in InboundAttempt attempt, SourcePrefix address) => attempt.Address.IsRoutable ? InboundSource.FromAddress(address, Limits) : null;

    private ConnectFailureCause CheckAddress(ref InboundAttempt attempt, EndPoint? remoteEndPoint)
    {
        if (attempt.Key is not { } key)
            return ConnectFailureCause.None;
        var verdict = gatekeeper.Judge(EndPointKey.Plain(remoteEndPoint!, key), attempt.Permissions);
        if (verdict == GateVerdict.Refuse)
            return ConnectFailureCause.GateRefused;
        attempt = attempt with { IsDiscouraged = verdict == GateVerdict.Discourage && !attempt.Listener.Profile.IsOnion };
        return !options.Manager.AllowDuplicateAddresses && claims.GetOwner(key) is not null ? ConnectFailureCause.DuplicateAddress : ConnectFailureCause.None;
    }

    private ConnectFailureCause CheckSource(in InboundAttempt attempt)
    {
        if (attempt.Source is not { } source)
            return ConnectFailureCause.None;
        var profile = attempt.Listener.Profile;
        if (!profile.IsOverlay && links.Sources.Connections(source.Host) >= MaxPerHost)
            return ConnectFailureCause.HostLimit;
        if (links.Sources.Connections(source.Prefix) >= (profile.IsOverlay ? profile.MaxConnections ?? int.MaxValue : MaxPerPrefix))
            return ConnectFailureCause.PrefixLimit;
        return links.Sources.Handshakes(source.Prefix) >= (profile.IsOverlay ? profile.MaxHandshakes : Limits.MaxHandshakesPerPrefix)
            ? ConnectFailureCause.HandshakeLimit
            : ConnectFailureCause.None;
    }

    /// <summary>Gets the hash of the netgroup under a secret, so that no one can predict which groups are protected.</summary>
    private ulong GetKeyedNetgroup(in InboundAttempt attempt)
    {
        var group = attempt.Key is { } key ? options.GetGroup(key) : default;
        if (group.IsNone)
            group = Netgroup.FromAddress(attempt.Address); // Tor, I2P and CJDNS, which the limits of outbound connections leave out.
        Span<byte> bytes = stackalloc byte[Netgroup.MaxLength];
        return SipHash.Hash(options.NetgroupKey, bytes[..group.WriteBytes(bytes)]);
    }

    private int ShareOfMaxInbound(int divisor, int least) => MaxInbound is { } max ? Math.Max(least, max / divisor) : int.MaxValue;
}
