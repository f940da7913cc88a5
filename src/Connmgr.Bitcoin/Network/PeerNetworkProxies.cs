using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// The options for proxies, Tor and I2P of a <see cref="PeerNetwork"/>. They are checked and used by its constructor; later changes have no
/// effect. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// var options = new PeerNetworkOptions
/// {
///     Chain = ChainParameters.Mainnet,
///     Proxies = new() { Rules = ProxyRules.All(new IPEndPoint(IPAddress.Loopback, 9050)) },
/// };
/// </code>
/// </example>
public sealed class PeerNetworkProxies : IValidatedOptions
{
    /// <summary>
    /// The proxy for each network. Default none. When names go to a proxy, no name is looked up on this machine, and each DNS seed is also
    /// dialled by its name to fetch addresses, as in Bitcoin Core.
    /// </summary>
    public ProxyRules Rules { get; set; } = ProxyRules.None;

    /// <summary>
    /// The networks to find peers on, as Bitcoin Core's -onlynet. Those of them that <see cref="Rules"/> can reach replace
    /// <see cref="PeerNetworkOptions.ReachableNetworks"/>. Default all.
    /// </summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// True if the proxy for names is Tor's, which can look names up: each DNS seed is then looked up 8 times over separate circuits,
    /// unless there is a <see cref="PeerNetworkOptions.Lookup"/>. Other proxies refuse that, which does no harm. Default true.
    /// </summary>
    public bool ResolveNamesThroughTor { get; set; } = true;

    /// <summary>
    /// The use of proxies: isolation, credentials, time-outs. They are copied, and the network sets the clock of the copy.
    /// </summary>
    public Socks5DialerOptions Socks5 { get; set; } = new();

    /// <summary>
    /// Tor's control port, usually 127.0.0.1:9051. It publishes an onion service, and reports Tor's SOCKS port, which is used for onion
    /// addresses if <see cref="Rules"/> name no proxy for them. Default null: none.
    /// </summary>
    public EndPoint? TorControl { get; set; }

    /// <summary>The password of Tor's control port. Default null: Tor's cookie, or no authentication if none is required.</summary>
    public string? TorPassword { get; set; }

    /// <summary>
    /// True to send Tor's cookie in plain text to a control port that does not offer SAFECOOKIE
    /// (<see cref="TorControllerOptions.AllowPlainCookie"/>). A program that listens there then receives any 32-byte file that it names.
    /// Default false.
    /// </summary>
    public bool TorAllowPlainCookie { get; set; }

    /// <summary>
    /// True to publish an onion service for inbound peers through <see cref="TorControl"/>, at the chain's port, with a separate listener
    /// at <see cref="OnionTarget"/>. Its key is kept in the data directory (<see cref="ChainDirectory.OnionKey"/>); without one, the address is
    /// different each time. Default true.
    /// </summary>
    public bool PublishOnionService { get; set; } = true;

    /// <summary>
    /// The address at which Tor reaches the listener of the onion service: an address of this machine, or the address of one of
    /// <see cref="PeerNetworkOptions.OnionListenOn"/>, where a listener on all addresses matches each of them. Port 0 lets the system
    /// choose. Any program that reaches this address can connect there, not only Tor. Default null: loopback if Tor runs on this machine,
    /// otherwise the local address of the connection to its control port.
    /// </summary>
    public IPEndPoint? OnionTarget { get; set; }

    /// <summary>The callback for each new state of Tor's control port, one at a time. Must be quick. Default none.</summary>
    public Action<TorState>? OnTorChanged { get; set; }

    /// <summary>
    /// The SAM bridge of an I2P router, usually 127.0.0.1:7656 (Bitcoin Core's -i2psam). I2P addresses are dialled through it, instead of a
    /// proxy of <see cref="Rules"/>. Default null: none.
    /// </summary>
    public EndPoint? I2PSam { get; set; }

    /// <summary>
    /// True to accept inbound peers at an I2P address through <see cref="I2PSam"/>, and to dial from it, as Bitcoin Core's
    /// -i2pacceptincoming. Its key is kept in the data directory (<see cref="ChainDirectory.I2PKey"/>); without one, the address is different
    /// each time. False to dial from addresses that are made for one connection each. Default true.
    /// </summary>
    public bool AcceptI2P { get; set; } = true;

    /// <summary>
    /// The number of routers in each I2P tunnel, 0 to 7; fewer are faster and hide less. Null, the default: the router's own default, usually 3.
    /// </summary>
    public int? I2PTunnelLength { get; set; }

    /// <summary>The callback for each new state of I2P, one at a time. Must be quick. Default none.</summary>
    public Action<I2PState>? OnI2PChanged { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="PeerNetwork"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.Under(nameof(Socks5), Socks5)];

    private AddressNetworks I2PNetwork => I2PSam is null ? AddressNetworks.None : AddressNetworks.I2P;

    private IEnumerable<string> Errors()
    {
        if (Rules is null)
            yield return $"{nameof(Rules)} is null: use ProxyRules.None for none.";
        if ((OnlyNetworks & AddressNetworks.All) != OnlyNetworks)
            yield return $"{nameof(OnlyNetworks)} is {OnlyNetworks}: use the members of AddressNetworks.";
        else if (TorControl is null && Rules is not null && (OnlyNetworks & (Rules.ReachableNetworks | I2PNetwork)) == AddressNetworks.None)
            yield return $"{nameof(OnlyNetworks)} is {OnlyNetworks}, which no proxy of {nameof(Rules)} leads to: name one, Tor's control port, or an I2P router.";
        if (I2PSam is not null && Rules?.I2P is not null)
            yield return $"{nameof(I2PSam)} and {nameof(Rules)}.{nameof(ProxyRules.I2P)} are both set: set one of them.";
        if (I2PSam is null && I2PTunnelLength is not null)
            yield return $"{nameof(I2PTunnelLength)} is set but {nameof(I2PSam)} is not: set both or neither.";
        if (I2PTunnelLength is < 0 or > I2PControllerOptions.MaxTunnelLength)
            yield return Invariant($"{nameof(I2PTunnelLength)} is {I2PTunnelLength}: use 0 to {I2PControllerOptions.MaxTunnelLength}, or null for the router's default.");
        if (TorControl is null && OnionTarget is not null)
            yield return $"{nameof(OnionTarget)} is set but {nameof(TorControl)} is not: set both or neither.";
        if (OnionTarget is { } target && (target.Address.Equals(IPAddress.Any) || target.Address.Equals(IPAddress.IPv6Any)))
            yield return $"{nameof(OnionTarget)} is {target}, which stands for all addresses: name one that Tor's machine reaches.";
        if (TorControl is null && TorPassword is not null)
            yield return $"{nameof(TorPassword)} is set but {nameof(TorControl)} is not: set both or neither.";
        if (Socks5 is null)
            yield return $"{nameof(Socks5)} is null: leave it out for the defaults.";
    }
}
