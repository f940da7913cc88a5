using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The addresses and ids to draw from.</summary>
internal sealed partial class RulesWorld
{
    private bool IsActive => _isStarted && !_isSuspended && !_isStopped;

    /// <summary>True when the network is out, in sequences in which it is so for long spells and only one way out is used.</summary>
    private bool IsOut => _hasOutages && !_isCooperative && (int)_now.TotalSeconds % 100 < 80;

    private int AutomaticEstablished()
    {
        var count = 0;
        foreach (var link in _established)
            count += link.Request.Kind == ConnectionKind.Automatic ? 1 : 0;
        return count;
    }

    private IEnumerable<Link> Live() => _running.Concat(_established).Distinct().Where(link => link.Request.Kind != ConnectionKind.Inbound);

    /// <summary>Draws one of few addresses, so that they collide: routable ones of few groups, private ones, names, proxied ones.</summary>
    private EndPoint SomeAddress() => _random.Next(_hasOutages ? 4 : 0, _hasOutages ? 200 : 10) switch
    {
        0 => new DnsEndPoint($"host{_random.Next(3)}.example", 8333),
        1 => new IPEndPoint(new IPAddress([10, 0, 0, (byte)_random.Next(6)]), 8333),
        2 => new IPEndPoint(new IPAddress([30, (byte)_random.Next(3), 0, 1]), 9999),
        3 => new IPEndPoint(new IPAddress([0x2a, 0, 0, (byte)_random.Next(3), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 8333),
        _ => new IPEndPoint(new IPAddress([20, (byte)_random.Next(6), 0, (byte)_random.Next(2)]), 8333),
    };

    /// <summary>Gets a netgroup as an AS map may have it: addresses of many prefixes with one operator.</summary>
    private static Netgroup OneOperator(EndPoint endPoint) =>
        Netgroup.FromEndPoint(endPoint) is { IsNone: false } group && endPoint is IPEndPoint { Address: var address } && address.GetAddressBytes() is [< 100, ..] bytes && !IsFresh(bytes)
            ? Netgroup.FromAutonomousSystem(1u + bytes[0])
            : Netgroup.FromEndPoint(endPoint);

    private IPEndPoint FreshAddress() => new(new IPAddress([(byte)(100 + _fresh / 256), (byte)_fresh++, 1, 1]), 8333);

    private IPEndPoint FreshIPv6Address() => new(new IPAddress([0x2a, 1, (byte)(_fresh / 256), (byte)_fresh++, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 8333);

    private static bool IsFresh(byte[] bytes) => bytes is [0x2a, 1, _, _, _, ..];

    /// <summary>Draws the remote address of a stream: the address dialled, or for a name one of few, or nothing.</summary>
    private EndPoint? GetRemote(Link link) => link.Request.EndPoint switch
    {
        DnsEndPoint when _isCooperative => FreshAddress(),
        DnsEndPoint => new IPEndPoint(new IPAddress([20, (byte)_random.Next(6), 0, 0]), 8333),
        var endPoint => _random.Next(2) == 0 ? null : endPoint,
    };

    private Request Know(Request request)
    {
        if (!_known.Contains(request))
            _known.Add(request);
        return request;
    }

    /// <summary>Draws an id, and notes the state of its request.</summary>
    private long SomeId(RulesEvent rulesEvent)
    {
        if (_known.Count == 0 || _random.Next(12) == 0)
        {
            _pairs.Add(PairState.UnknownId, rulesEvent);
            return 1_000_000;
        }

        var request = _known[_random.Next(_known.Count)];
        _pairs.Add(GetState(request), rulesEvent);
        return request.Id;
    }

    private static PairState GetState(Request request) => request switch
    {
        { Waiting: not null } => PairState.WaitsForAddress,
        { Link: null, State: ConnectionState.Failing } => PairState.Failing,
        { Link: null } => PairState.Waits,
        { Link.Phase: LinkPhase.Dialing } => PairState.DialOf + (int)request.Kind,
        { Link.Phase: LinkPhase.Handshaking } => PairState.HandshakeOf + (int)request.Kind,
        _ => PairState.EstablishedOf + (int)request.Kind,
    };
}
