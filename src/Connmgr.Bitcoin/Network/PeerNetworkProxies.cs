using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>How a <see cref="PeerNetwork"/> uses proxies and Tor. Checked and used when that is made; later changes have no effect. Not thread-safe.</summary>
/// <example>
/// <code>
/// var options = new PeerNetworkOptions
/// {
///     Chain = ChainParameters.Mainnet,
///     Proxies = new() { Rules = ProxyRules.Everything(new IPEndPoint(IPAddress.Loopback, 9050)) },
/// };
/// </code>
/// </example>
public sealed class PeerNetworkProxies : IValidatedOptions
{
    /// <summary>
    /// Which proxy leads to which network. Default: none. When names go to a proxy, no name is looked up here, and each DNS seed is also
    /// dialled by its name for its addresses, as Bitcoin Core does.
    /// </summary>
    public ProxyRules Rules { get; set; } = ProxyRules.None;

    /// <summary>
    /// The networks to find peers of, as Bitcoin Core's -onlynet: of these, what can be reached by <see cref="Rules"/> takes the place of
    /// <see cref="PeerNetworkOptions.ReachableNetworks"/>. Default all.
    /// </summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// Whether the proxy for names is Tor's, which looks names up: each DNS seed is then looked up 8 times by circuits of their own, unless
    /// there is a <see cref="PeerNetworkOptions.Lookup"/>. Another proxy refuses that, which does no harm. Default true.
    /// </summary>
    public bool NamesGoThroughTor { get; set; } = true;

    /// <summary>How proxies are used: isolation, credentials, time-outs. Its clock is set by the network.</summary>
    public Socks5DialerOptions Socks5 { get; set; } = new();

    /// <summary>
    /// Tor's control port, usually 127.0.0.1:9051. Default null: none. It tells of Tor's SOCKS port, which is used for .onion addresses
    /// when <see cref="Rules"/> name no proxy for them, and serves an onion service.
    /// </summary>
    public EndPoint? TorControl { get; set; }

    /// <summary>The password of Tor's control port. Null, the default: its cookie, or nothing where that will do.</summary>
    public string? TorPassword { get; set; }

    /// <summary>
    /// Whether Tor's cookie is sent as it is to a control port that does not offer SAFECOOKIE
    /// (<see cref="TorControllerOptions.AllowPlainCookie"/>). Whatever listens there then receives any 32-byte file that it names. Default
    /// false.
    /// </summary>
    public bool TorAllowPlainCookie { get; set; }

    /// <summary>
    /// Whether <see cref="TorControl"/> has Tor serve an onion service for inbound peers, at the chain's port, by a listener at
    /// <see cref="OnionTarget"/> that has no other purpose. Default true. Its key is kept in the data directory (<see cref="ChainFiles.OnionKey"/>); without one the
    /// address is another each time.
    /// </summary>
    public bool ServesOnion { get; set; } = true;

    /// <summary>
    /// Where Tor reaches the listener of the onion service: an address of this machine, at which is listened, or the address of one of
    /// <see cref="PeerNetworkOptions.OnionListenOn"/>, of which one that listens on all addresses is reached at each of them. Port 0 lets
    /// the system choose. Null, the default: loopback when Tor runs on this machine, else the local address of the connection to its
    /// control port. Whoever reaches that address can connect there, not Tor alone.
    /// </summary>
    public IPEndPoint? OnionTarget { get; set; }

    /// <summary>Called with each new state of Tor's control port, one at a time; must be quick. Default: none.</summary>
    public Action<TorState>? OnTorChanged { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="PeerNetwork"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.Under(nameof(Socks5), Socks5)];

    private IEnumerable<string> Errors()
    {
        if (Rules is null)
            yield return $"{nameof(Rules)} is null: use ProxyRules.None for none.";
        if ((OnlyNetworks & AddressNetworks.All) != OnlyNetworks)
            yield return $"{nameof(OnlyNetworks)} is {OnlyNetworks}: use the members of AddressNetworks.";
        else if (TorControl is null && Rules is not null && (OnlyNetworks & Rules.ReachableNetworks) == AddressNetworks.None)
            yield return $"{nameof(OnlyNetworks)} is {OnlyNetworks}, which no proxy of {nameof(Rules)} leads to: name one, or Tor's control port.";
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
