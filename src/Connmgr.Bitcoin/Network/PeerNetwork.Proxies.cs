using System.Net;

namespace Connmgr.Bitcoin;

/// <content>Proxies and Tor.</content>
public sealed partial class PeerNetwork
{
    private const int LookupsPerSeed = 8;

    private readonly NetworkDialer? _dialer;
    private readonly TorController? _tor;

    /// <summary>Where Tor's control port stands; null when there is none.</summary>
    public TorState? Tor => _tor?.State;

    /// <summary>The networks whose addresses are kept: those that can be reached now, and .onion when Tor's control port may yet tell of a proxy for it.</summary>
    private AddressNetworks KeptNetworks(PeerNetworkOptions options) =>
        DialledNetworks(options) | (options.Proxies is { TorControl: not null } proxies ? AddressNetworks.TorV3 & proxies.OnlyNetworks : AddressNetworks.None);

    private AddressNetworks DialledNetworks(PeerNetworkOptions options) => _dialer?.ReachableNetworks ?? options.ReachableNetworks;

    private NetworkDialer NewDialer(PeerNetworkOptions options, PeerNetworkProxies proxies)
    {
        proxies.Socks5.TimeProvider = _time;
        return new NetworkDialer(new NetworkDialerOptions
        {
            Rules = proxies.Rules,
            OnlyNetworks = proxies.OnlyNetworks,
            Direct = options.Dial,
            Socks5 = proxies.Socks5,
        });
    }

    /// <summary>The listener that the onion service leads to.</summary>
    private static TcpConnectionListener ListenForOnion() =>
        TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), profile: new ListenerProfile { IsOnion = true });

    private TorController NewTor(PeerNetworkOptions options, PeerNetworkProxies proxies, EndPoint control, TcpConnectionListener? onion)
    {
        var onChanged = proxies.OnTorChanged;
        return new TorController(control, new TorControllerOptions
        {
            Password = proxies.TorPassword,
            AllowPlainCookie = proxies.TorAllowPlainCookie,
            FindsProxy = proxies.Rules.Onion is null,
            OnionService = onion is null ? null : new OnionServiceOptions
            {
                Target = onion.LocalEndPoint,
                VirtualPort = options.Chain!.DefaultPort,
                KeyFile = _files?.OnionKey,
            },
            OnChanged = state =>
            {
                TakeUp(state);
                onChanged?.Invoke(state);
            },
            Connect = proxies.Socks5.Connect,
            TimeProvider = _time,
            LoggerFactory = options.LoggerFactory,
        });
    }

    /// <summary>How DNS seeds are looked up when names go to a proxy: by Tor, or not at all.</summary>
    private LookupFunc? LookupThroughTor(PeerNetworkProxies proxies) =>
        proxies is { NamesGoThroughTor: true, Rules.NameProxy: { } proxy }
            ? new TorResolver(proxy, new TorResolverOptions
            {
                Isolation = proxies.Socks5.Isolation,
                Credentials = proxies.Socks5.Credentials,
                LookupsPerName = proxies.Socks5.Isolation is null ? 1 : LookupsPerSeed,
                Connect = proxies.Socks5.Connect,
                TimeProvider = _time,
            }).LookupAsync
            : null;

    /// <summary>What Tor's control port told: our onion address, and the way to others.</summary>
    private void TakeUp(TorState state)
    {
        if (state.OnionService is { } onion)
            _own.Add(onion.ToEndPoint());

        // Told only when the rules that were given name no proxy for .onion; another one than before when Tor was started anew.
        if (state.SocksProxy is not { } proxy || _dialer is not { } dialer || proxy.Equals(dialer.Rules.Onion))
            return;
        dialer.ChangeRules(rules => rules with { Onion = proxy });
        if (_source is not null)
            _source.Networks = dialer.ReachableNetworks;
        Connections.NotifyAddressesAvailable();
    }
}
