using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Connmgr;

/// <summary>
/// The proxy for each network, as in Bitcoin Core's -proxy and -onion. Pure: an address and the rules determine a proxy or none.
/// Immutable.
/// </summary>
/// <remarks>
/// Addresses that are not routable (loopback, private, link-local) go through a proxy only with <see cref="Private"/>. Names do as soon as
/// there is one for IPv4 or IPv6, so that no name server learns whom we look for.
/// </remarks>
public sealed record ProxyRules
{
    private const string NetworkNames = "ipv4, ipv6, onion, cjdns, i2p or always";

    /// <summary>No proxy: everything direct, and no way to .onion and .i2p addresses.</summary>
    public static ProxyRules None { get; } = new();

    /// <summary>The proxy for IPv4; null for direct connections.</summary>
    public EndPoint? IPv4 { get; init; }

    /// <summary>The proxy for IPv6; null for direct connections.</summary>
    public EndPoint? IPv6 { get; init; }

    /// <summary>The proxy for .onion names, Tor's; null: they can't be reached.</summary>
    public EndPoint? Onion { get; init; }

    /// <summary>The proxy for .i2p names; null: they can't be reached.</summary>
    public EndPoint? I2P { get; init; }

    /// <summary>The proxy for CJDNS; null for direct connections.</summary>
    public EndPoint? Cjdns { get; init; }

    /// <summary>
    /// The proxy for other names. When null, those go to <see cref="IPv4"/> or <see cref="IPv6"/>, if one of them is set: a name looked up
    /// here would tell a name server what the proxy is to hide.
    /// </summary>
    public EndPoint? Names { get; init; }

    /// <summary>
    /// The proxy for addresses that are not routable (loopback, private, link-local), for a proxy that leads to another machine's network;
    /// null for direct connections, as in Bitcoin Core.
    /// </summary>
    public EndPoint? Private { get; init; }

    /// <summary>
    /// True to treat fc00::/8 as CJDNS. Otherwise, as in Bitcoin Core without -cjdnsreachable, it is a private range, and CJDNS is not
    /// reachable. Default false.
    /// </summary>
    public bool IsCjdnsReachable { get; init; }

    /// <summary>
    /// The proxy that names go to in fact: <see cref="Names"/>, or else that of IPv4 or IPv6. Null: the system's resolver is asked for
    /// them.
    /// </summary>
    internal EndPoint? NameProxy => Names ?? IPv4 ?? IPv6;

    /// <summary>All proxies of the rules; some may be equal.</summary>
    internal IEnumerable<EndPoint> Proxies => new[] { IPv4, IPv6, Onion, I2P, Cjdns, Names, Private }.OfType<EndPoint>();

    /// <summary>
    /// The networks that can be dialled: IPv4 and IPv6, what has a proxy, and CJDNS when it is there.
    /// </summary>
    public AddressNetworks ReachableNetworks =>
        AddressNetworks.IPv4 | AddressNetworks.IPv6
        | (Onion is null ? AddressNetworks.None : AddressNetworks.TorV3)
        | (I2P is null ? AddressNetworks.None : AddressNetworks.I2P)
        | (IsCjdnsReachable ? AddressNetworks.Cjdns : AddressNetworks.None);

    /// <summary>Creates rules with one proxy for everything but I2P, as Bitcoin Core's -proxy.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <returns>The rules.</returns>
    public static ProxyRules All(EndPoint proxy)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        return None.WithEverything(proxy);
    }

    /// <summary>
    /// Creates rules with one proxy for everything but I2P, addresses that are not routable included: nothing is dialled directly.
    /// </summary>
    /// <param name="proxy">The proxy.</param>
    /// <returns>The rules.</returns>
    public static ProxyRules Always(EndPoint proxy) => All(proxy) with { Private = proxy };

    /// <summary>Finds the proxy through which an address is dialled.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>Null for a direct connection, and for an .onion or .i2p name that has no proxy (<see cref="CanDial"/>).</returns>
    public EndPoint? GetProxy(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return endPoint switch
        {
            IPEndPoint ip => GetProxy(NetworkAddress.FromIPAddress(ip.Address)),
            DnsEndPoint dns when OverlayName.IsOnion(dns.Host) => Onion,
            DnsEndPoint dns when OverlayName.IsI2P(dns.Host) => I2P,
            DnsEndPoint dns when IPAddress.TryParse(dns.Host, out var address) => GetProxy(NetworkAddress.FromIPAddress(address)),
            DnsEndPoint => NameProxy,
            _ => null,
        };
    }

    /// <summary>Determines whether there is a route to an address.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>False for an .onion or .i2p name that has no proxy.</returns>
    internal bool CanDial(EndPoint endPoint) =>
        endPoint is not DnsEndPoint dns || !OverlayName.IsOverlay(dns.Host) || GetProxy(endPoint) is not null;

    /// <summary>
    /// Adds a setting in the form of Bitcoin Core's -proxy: <c>127.0.0.1:9050</c> for everything but I2P; with <c>=ipv4</c> or <c>=ipv6</c>
    /// for that network and for names; with <c>=onion</c>, <c>=cjdns</c> or <c>=i2p</c> (which Bitcoin Core does not have) for that network
    /// alone; with <c>=always</c> (neither) for everything but I2P, addresses that are not routable included (<see cref="Private"/>).
    /// <c>0</c> in place of the proxy, or nothing, takes it away. The default port is 9050. The last setting wins.
    /// </summary>
    /// <param name="setting">The setting.</param>
    /// <param name="rules">These rules and the setting; null when something is wrong with it.</param>
    /// <param name="error">The error and the remedy, without a full stop; null for none.</param>
    /// <returns>True when the text is valid.</returns>
    public bool TryAdd(string setting, [NotNullWhen(true)] out ProxyRules? rules, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(setting);
        rules = null;
        var equals = setting.LastIndexOf('=');
        var (address, network) = equals < 0 ? (setting, null) : (setting[..equals], setting[(equals + 1)..].ToLowerInvariant());
        EndPoint? proxy = null;
        if (address is not ("" or "0") && !ProxyEndPoint.TryParse(address, ProxyEndPoint.DefaultPort, out proxy, out error))
            return false;
        error = null;
        rules = network switch
        {
            null => WithEverything(proxy),
            "ipv4" => this with { IPv4 = proxy, Names = proxy },
            "ipv6" => this with { IPv6 = proxy, Names = proxy },
            "onion" or "tor" => this with { Onion = proxy },
            "cjdns" => this with { Cjdns = proxy },
            "i2p" => this with { I2P = proxy },
            "always" => WithEverything(proxy) with { Private = proxy },
            _ => null,
        };
        if (rules is not null)
            return true;
        error = network is "" ? $"nothing follows its '=': write {NetworkNames} there, or leave the '=' out" : $"'{network}' is no network: write {NetworkNames}";
        return false;
    }

    private ProxyRules WithEverything(EndPoint? proxy) => this with { IPv4 = proxy, IPv6 = proxy, Onion = proxy, Cjdns = proxy, Names = proxy };

    private EndPoint? GetProxy(NetworkAddress address)
    {
        var known = IsCjdnsReachable ? address.ToCjdns() : address;
        return !known.IsRoutable ? Private : known.Network switch
        {
            AddressNetwork.IPv4 => IPv4,
            AddressNetwork.IPv6 => IPv6,
            AddressNetwork.Cjdns => Cjdns,
            _ => null,
        };
    }
}
