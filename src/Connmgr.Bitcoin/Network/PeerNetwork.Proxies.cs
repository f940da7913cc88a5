using System.Net;
using System.Net.Sockets;

namespace Connmgr.Bitcoin;

/// <content>Proxies and Tor.</content>
public sealed partial class PeerNetwork
{
    private const int LookupsPerSeed = 8;

    private readonly NetworkDialer? _dialer;
    private static readonly ListenerProfile OnionProfile = new() { IsOnion = true };

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
        foreach (var proxy in (EndPoint?[])[proxies.Rules.IPv4, proxies.Rules.IPv6, proxies.Rules.Onion, proxies.Rules.I2P, proxies.Rules.Cjdns, proxies.Rules.Names])
            _shared.Add(proxy);
        return new NetworkDialer(new NetworkDialerOptions
        {
            Rules = proxies.Rules,
            OnlyNetworks = proxies.OnlyNetworks,
            Direct = options.Dial,
            Socks5 = proxies.Socks5,
        });
    }

    /// <summary>What the onion service leads to, at an address that Tor's machine reaches.</summary>
    /// <param name="wanted">Where the user wants it to lead; null for the address by which Tor was reached.</param>
    /// <param name="manager">Gets the service's listener, unless one of the user's listens there.</param>
    /// <param name="listeners">Gets it too, to be disposed should the rest fail.</param>
    private static OnionServiceOptions LeadTo(IPEndPoint? wanted, ConnectionManagerOptions manager, List<IConnectionListener> listeners)
    {
        if (wanted is not null && manager.Listeners.Any(listener => listener.Profile.IsOnion && IsReachedAt(listener, wanted)))
            return new OnionServiceOptions { Target = wanted };
        var own = new OnionListener();
        listeners.Add(own);
        manager.Listeners = [.. manager.Listeners, own];
        if (wanted is not null)
            return new OnionServiceOptions { Target = own.Bind(wanted) };
        return new OnionServiceOptions
        {
            ChooseTarget = local => own.Bind(new IPEndPoint(local is null || IPAddress.IsLoopback(local) ? IPAddress.Loopback : local, 0)),
        };
    }

    private static bool IsReachedAt(IConnectionListener listener, IPEndPoint endPoint) =>
        listener.LocalEndPoint is IPEndPoint local && local.Port == endPoint.Port
        && (local.Address.Equals(endPoint.Address) || local.Address.Equals(endPoint.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any));

    private TorController NewTor(PeerNetworkOptions options, PeerNetworkProxies proxies, EndPoint control, OnionServiceOptions? service)
    {
        var onChanged = proxies.OnTorChanged;
        _shared.Add(control);
        if (service is not null)
            (service.VirtualPort, service.KeyFile) = (options.Chain!.DefaultPort, _files?.OnionKey);
        return new TorController(control, new TorControllerOptions
        {
            Password = proxies.TorPassword,
            AllowPlainCookie = proxies.TorAllowPlainCookie,
            FindsProxy = proxies.Rules.Onion is null,
            OnionService = service,
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

        _shared.Add(state.SocksProxy);

        // Told only when the rules that were given name no proxy for .onion; another one than before when Tor was started anew.
        if (state.SocksProxy is not { } proxy || _dialer is not { } dialer || proxy.Equals(dialer.Rules.Onion))
            return;
        dialer.ChangeRules(rules => rules with { Onion = proxy });
        if (_source is not null)
            _source.Networks = dialer.ReachableNetworks;
        Connections.NotifyAddressesAvailable();
    }
}
