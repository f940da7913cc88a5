using System.Net;

namespace Connmgr;

/// <summary>
/// Dials each address the way that its network asks for: directly, or through the proxy of <see cref="ProxyRules"/>.
/// <see cref="DialAsync"/> and <see cref="GetProxy"/> fit the properties of the same names of <see cref="ConnectionManagerOptions"/>.
/// Thread-safe; holds nothing that needs disposing.
/// </summary>
/// <example>
/// <code>
/// var dialer = new NetworkDialer(new() { Rules = ProxyRules.All(new IPEndPoint(IPAddress.Loopback, 9050)) });
/// var options = new ConnectionManagerOptions { Dial = dialer.DialAsync, GetProxy = dialer.GetProxy };
/// </code>
/// </example>
public sealed class NetworkDialer
{
    private readonly AddressNetworks _onlyNetworks;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _direct;
    private readonly Func<EndPoint, Socks5Dialer> _newDialer;
    private readonly I2PController? _i2p;
    private readonly Lock _lock = new();
    private volatile Ways _ways;

    /// <summary>Makes a dialler; nothing is connected yet.</summary>
    /// <param name="options">Null for the defaults: everything direct.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range, or a proxy is of a kind that can't be connected to.</exception>
    public NetworkDialer(NetworkDialerOptions? options = null)
    {
        options ??= new NetworkDialerOptions();
        OptionsErrors.ThrowIfAny(options);

        var socks5 = options.Socks5.Copy();
        _newDialer = proxy => new Socks5Dialer(proxy, socks5);
        _onlyNetworks = options.OnlyNetworks;
        _i2p = options.I2P;
        _direct = options.Direct ?? new TcpDialer(new TcpDialerOptions { TimeProvider = socks5.TimeProvider }).DialAsync;
        _ways = Ways.Create(options.Rules, _newDialer);
    }

    /// <summary>The rules in force.</summary>
    public ProxyRules Rules => _ways.Rules;

    /// <summary>
    /// The networks whose addresses may be dialled automatically: those that can be reached, less those excluded by
    /// <see cref="NetworkDialerOptions.OnlyNetworks"/>. For <see cref="AddressBookSourceOptions.Networks"/>, so that an address that can't
    /// be dialled is never offered.
    /// </summary>
    public AddressNetworks ReachableNetworks => (Rules.ReachableNetworks | (_i2p is null ? AddressNetworks.None : AddressNetworks.I2P)) & _onlyNetworks;

    /// <summary>Replaces the rules, for example when Tor's control port has reported a SOCKS port. Dials in progress are not affected.</summary>
    /// <param name="change">
    /// Makes new rules of those in force. Called under a lock, so it must be quick and do nothing else.
    /// </param>
    /// <exception cref="ArgumentException">A proxy is of a kind that can't be connected to; nothing was changed.</exception>
    public void ChangeRules(Func<ProxyRules, ProxyRules> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_lock)
            _ways = Ways.Create(change(_ways.Rules), _newDialer);
    }

    /// <summary>Names the proxy through which an address is dialled.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>The proxy, such as <c>127.0.0.1:9050</c> or <c>unix:/run/tor/socks</c>; null for a direct connection.</returns>
    public string? GetProxy(EndPoint endPoint) =>
        IsForI2P(endPoint) ? _i2p!.RouterText
        : _ways.Rules.GetProxy(endPoint) is { } proxy ? ProxyEndPoint.Format(proxy)
        : null;

    /// <summary>Connects to an address.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, which belongs to the caller. It implements <see cref="IStreamEndPoints"/>.</returns>
    /// <exception cref="ConnectFailedException">
    /// The attempt failed: as <see cref="TcpDialer"/>, <see cref="Socks5Dialer"/> and <see cref="I2PController"/> say. For an .onion or .i2p name without a proxy in
    /// phase <see cref="ConnectPhase.Proxy"/> with cause <see cref="ConnectFailureCause.Unknown"/>; no proxy was asked for it.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. No socket is left open.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (IsForI2P(endPoint))
            return _i2p!.DialAsync(endPoint, cancellationToken);
        var ways = _ways;
        if (ways.Rules.GetProxy(endPoint) is { } proxy)
            return ways.GetDialer(proxy).DialAsync(endPoint, cancellationToken);
        return ways.Rules.CanDial(endPoint)
            ? _direct(endPoint, cancellationToken)
            : ValueTask.FromException<Stream>(new ConnectFailedException(
                ConnectPhase.Proxy,
                ConnectFailureCause.Unknown,
                $"cannot connect to {EndPointText.Format(endPoint)}: such names are reached through a proxy alone, and there is none for them; give one, " +
                "Tor's SOCKS port or an I2P router's SAM port for example"));
    }

    private bool IsForI2P(EndPoint endPoint) => _i2p is not null && endPoint is DnsEndPoint name && OverlayName.IsI2P(name.Host);

    /// <summary>The rules, with a dialler for each proxy in them.</summary>
    private sealed class Ways
    {
        private readonly Dictionary<string, Socks5Dialer> _dialers = new(StringComparer.Ordinal);

        private Ways(ProxyRules rules) => Rules = rules;

        public ProxyRules Rules { get; }

        public static Ways Create(ProxyRules rules, Func<EndPoint, Socks5Dialer> newDialer)
        {
            ArgumentNullException.ThrowIfNull(rules);
            var ways = new Ways(rules);
            foreach (var proxy in rules.Proxies)
                ways._dialers.TryAdd(ProxyEndPoint.Format(proxy), newDialer(proxy));
            return ways;
        }

        public Socks5Dialer GetDialer(EndPoint proxy) => _dialers[ProxyEndPoint.Format(proxy)];
    }
}
