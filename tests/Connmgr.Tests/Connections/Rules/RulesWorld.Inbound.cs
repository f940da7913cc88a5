using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The part with the inbound connections: peers of all kinds of sources at four listeners, in some worlds many of them.</summary>
internal sealed partial class RulesWorld
{
    private static readonly ListenerInfo[] Listeners =
    [
        new(0, ListenerProfile.Default),
        new(1, new() { IsOnion = true, MaxConnections = 4, MaxHandshakes = 2, AcceptsPerSecond = 1, AcceptBurst = 4 }),
        new(2, new() { Permissions = ConnectionPermissions.NoBan }),
        new(3, new() { IsI2P = true, MaxConnections = 5, MaxHandshakes = 3, AcceptsPerSecond = 2, AcceptBurst = 5 }),
    ];

    private readonly HashSet<IPAddress> _discouraged = [];
    private readonly HashSet<Link> _live = [];
    private readonly Dictionary<Link, (EndPoint? Remote, ListenerInfo Listener)> _cameFrom = [];
    private InboundModel _inbound = null!;
    private bool _isCrowded;
    private RulesEvent _event;

    private static InboundLimits SomeLimits(Random random, bool isCrowded, int? maxConnections)
    {
        var isTight = !isCrowded && random.Next(2) == 0;
        return new InboundLimits
        {
            MaxPerHost = isTight ? random.Next(1, 3) : null,
            MaxPerPrefix = isTight ? random.Next(1, 4) : isCrowded ? int.MaxValue : null,
            IPv4PrefixLength = random.Next(3) == 0 ? 16 : 24,
            MaxHandshakesPerPrefix = isTight ? random.Next(1, 3) : 8,
            MaxHandshakes = isTight ? random.Next(1, 4) : isCrowded && random.Next(2) == 0 ? random.Next(22, 26) : null,
            MaxConnections = maxConnections,
            AcceptsPerSecond = (isCrowded || isTight) && random.Next(2) == 0 ? double.PositiveInfinity : 0.5,
            AcceptBurst = isTight ? random.Next(1, 3) : 6,
            FloodThreshold = random.Next(2) == 0 ? random.Next(2, 8) : 300,
            AllowList = random.Next(2) == 0 ? [] : [AllowedRange.Parse("20.5.0.0/24"), AllowedRange.Parse("addr@20.4.0.0/16"), AllowedRange.Parse("out,all@20.0.0.0/8")],
            MaxAllowListed = random.Next(3),
            EvictionEnabled = random.Next(8) != 0,
            MinEvictionAge = random.Next(4) == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero,
        };
    }

    /// <summary>Draws one of the events that concern inbound connections most.</summary>
    private bool InboundEvent()
    {
        if (_hasOutages && !_rules.IsOutage)
            return false;
        switch (_random.Next(_isCrowded ? 60 : 150))
        {
            case 0: Do(RulesEvent.RecheckGate, () => _rules.RecheckGate(_now)); break;
            case 1: DisconnectWhere(); break;
            case 2: SetInboundLimits(); break;
            case 3: Discourage(); break;
            case < 8 when _established.Count > 0: ReportUsefulness(_established[_random.Next(_established.Count)]); break;
            case < 40 when _isCrowded: Accept(); break;
            default: return false;
        }

        return true;
    }

    private void Accept()
    {
        var remote = SomeRemote();
        var listener = Listeners[_random.Next(4) == 0 ? _random.Next(4) : 0];
        Do(RulesEvent.Accept, () =>
        {
            var wasFull = IsTotalFull();
            var maxInbound = _rules.MaxInbound;
            var link = _rules.Accept(remote, listener, _now, out var cause);
            _pairs.AddRefusal(cause);
            Assert.Equal(cause == ConnectFailureCause.None, link is not null);
            if (link is null)
            {
                _inbound.Refused(remote, listener, cause, maxInbound, remote is IPEndPoint ip && _discouraged.Contains(ip.Address), wasFull);
                return;
            }

            Assert.True(
                remote is null || link.Permissions.HasFlag(ConnectionPermissions.NoBan) || !_banned.Contains(remote), "A banned address was admitted.");
            _cameFrom.Add(link, (remote, listener));
            link.Facts!.IsProtected = _random.Next(8) == 0;
            Know(link.Request);
        });
    }

    private void DisconnectWhere()
    {
        var group = (byte)_random.Next(6);
        Do(RulesEvent.DisconnectWhere, () => _rules.DisconnectWhere(Matches, _now));
        Assert.DoesNotContain(_live, link => link.RemoteEndPoint is { } remote && Matches(remote));

        bool Matches(EndPoint endPoint) => endPoint is IPEndPoint { Address: var address } && address.GetAddressBytes() is [20, var second, ..] && second == group;
    }

    private void SetInboundLimits()
    {
        var limits = SomeLimits(_random, _isCrowded, _rules.Limits.MaxConnections);
        limits.IPv4PrefixLength = _rules.Limits.IPv4PrefixLength; // Those that are there count in the prefix that they came from.
        _inbound.Limits = limits;
        Do(RulesEvent.SetInboundLimits, () => _rules.SetInboundLimits(limits, _now));
    }

    private void Discourage()
    {
        var address = new IPAddress([20, (byte)_random.Next(6), 0, (byte)_random.Next(2)]);
        if (!_discouraged.Remove(address))
            _discouraged.Add(address);
    }

    private void ReportUsefulness(Link link)
    {
        if (link.Facts is not { } facts)
            return;
        facts.ReportRoundTrip(TimeSpan.FromMilliseconds(_random.Next(500)));
        if (_random.Next(2) == 0)
            facts.ReportUsefulBlock(_now);
        if (_random.Next(2) == 0)
            facts.ReportUsefulTransaction(_now);
        facts.OffersWantedServices = _random.Next(2) == 0;
        facts.RelaysTransactions = _random.Next(2) == 0;
    }

    private void TakeNew(Link link)
    {
        if (!_live.Add(link))
            return;
        Require(_live.Count <= (_rules.Limits.MaxConnections ?? int.MaxValue), "More connections and attempts than the total.");
        if (_cameFrom.TryGetValue(link, out var from))
            _inbound.Enter(link, from.Remote, from.Listener, _rules.MaxInbound);
    }

    private void TakeEnd(Link link, bool isEviction)
    {
        Require(_live.Remove(link), "Something ended that was not there.");
        if (isEviction)
        {
            _pairs.AddEviction(link.EstablishedAt == TimeSpan.Zero ? LinkPhase.Handshaking : LinkPhase.Established);
            _inbound.Evicted(link, _now, forInbound: _event == RulesEvent.Accept);
        }

        if (_cameFrom.Remove(link))
            _inbound.Leave(link);
    }

    /// <summary>Counts, without the rules' own counters, the links that are there, with the places that are kept.</summary>
    private bool IsTotalFull()
    {
        if (_rules.Limits.MaxConnections is not { } max)
            return false;
        var limits = _rules.Limits;
        var allowed = _live.Count(static link => link.IsAllowed);
        if (limits.AllowList.Any(static range => range.IsInbound))
            allowed = Math.Max(allowed, limits.MaxAllowListed);
        var automatic = Math.Max(_live.Count(static link => link.Request.Kind == ConnectionKind.Automatic), _options.HasSource ? _rules.TargetOutbound : 0);
        var others = _live.Count(static link => !link.IsAllowed && link.Request.Kind != ConnectionKind.Automatic);
        return allowed + automatic + others >= max;
    }

    /// <summary>Draws an address that may be dialled as well, or a peer at another port: of few groups, of private networks, of Tor, of nowhere.</summary>
    private EndPoint? SomeRemote() => _random.Next(10) switch
    {
        0 => null,
        1 or 2 => SomeAddress(),
        3 => new IPEndPoint(IPAddress.Loopback, _random.Next(1, 60_000)),
        4 => new IPEndPoint(new IPAddress([0x2a, 0, 0, (byte)_random.Next(3), 0, 0, 0, (byte)_random.Next(2), 0, 0, 0, 0, 0, 0, 0, (byte)_random.Next(3)]), _random.Next(1, 60_000)),
        5 => new IPEndPoint(new IPAddress([10, 0, 0, (byte)_random.Next(6)]), _random.Next(1, 60_000)),
        6 => new IPEndPoint(new IPAddress([20, 1, 0, 1]), _random.Next(1, 60_000)), // A host that comes often.
        _ => new IPEndPoint(new IPAddress([20, (byte)_random.Next(_isCrowded ? 100 : 6), (byte)_random.Next(2), (byte)_random.Next(3)]), _random.Next(1, 60_000)),
    };
}
