using System.Net;
using System.Net.Sockets;

namespace Connmgr.Rules;

/// <summary>
/// A route to peers: direct IPv4, direct IPv6, direct by name, or a proxy. After 25 failures in a row without any answer it is probing: one
/// automatic dial per RetryDuration, until there is an answer. Changed by the rules only; other threads may read <see cref="NextDialAt"/>.
/// </summary>
internal sealed class Route(string name, bool isProxied)
{
    private const int FailuresUntilProbing = 25;

    /// <summary>The number of consecutive failures without an answer. Does not change while probing.</summary>
    private volatile int _failures;
    private volatile AddressNetworks _networks;

    /// <summary>The moment of the last answer from behind the route.</summary>
    private TimeSpan _answeredAt;

    /// <summary>The moment when the next automatic dial may be made while probing, in ticks.</summary>
    private long _nextProbeAt;

    public string Name => name;

    public bool IsProxied => isProxied;

    /// <summary>True once an automatic dial has used it.</summary>
    public bool IsAutomatic { get; private set; }

    /// <summary>The networks of the addresses that automatic dials reached over it.</summary>
    public AddressNetworks Networks => _networks;

    /// <summary>The number of established connections that were made over it.</summary>
    public int Connections { get; set; }

    public bool IsProbing => _failures >= FailuresUntilProbing;

    /// <summary>The moment when the next automatic dial may be made.</summary>
    public TimeSpan NextDialAt => IsProbing ? new TimeSpan(Volatile.Read(ref _nextProbeAt)) : TimeSpan.Zero;

    /// <summary>Notes that something behind the route answered.</summary>
    /// <returns>True if that ends the probing.</returns>
    public bool Answered(TimeSpan now)
    {
        var ended = IsProbing;
        _failures = 0;
        _answeredAt = now;
        return ended;
    }

    /// <summary>
    /// Records that an attempt started at <paramref name="startedAt"/> got no answer. An attempt that started before the last answer proves
    /// nothing: the route has worked since, so only the address is dead. Otherwise a few dozen dead addresses dialled at once would look
    /// like an outage when they time out. Design C-16.
    /// </summary>
    /// <returns>True if that starts the probing.</returns>
    public bool Failed(TimeSpan startedAt, TimeSpan nextProbeAt)
    {
        if (IsProbing || startedAt < _answeredAt)
            return false;
        Probed(nextProbeAt);
        _failures++;
        return IsProbing;
    }

    /// <summary>Records an automatic dial to an address of a network.</summary>
    public void TakenTo(AddressNetworks network)
    {
        IsAutomatic = true;
        if ((_networks | network) is var networks && networks != _networks)
            _networks = networks;
    }

    public void Probed(TimeSpan nextProbeAt) => Volatile.Write(ref _nextProbeAt, nextProbeAt.Ticks);

    public static string GetName(EndPoint endPoint, string? proxy) => proxy ?? endPoint switch
    {
        IPEndPoint { AddressFamily: AddressFamily.InterNetwork } => "ipv4",
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } => "ipv4",
        IPEndPoint => "ipv6",
        DnsEndPoint => "name",
        _ => "other",
    };
}
