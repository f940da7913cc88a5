using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Connects a <see cref="PeerNetwork"/> with Tor's control port: publishes the onion service, and applies what the control port reports,
/// which is the node's onion address and the proxy for those of peers. Thread-safe.
/// </summary>
internal sealed class TorLink
{
    private const int LookupsPerSeed = 8;

    private readonly TorController _controller;
    private readonly NetworkDialer _dialer;
    private readonly AddressBookSource? _source;
    private readonly ConnectionManager _connections;
    private readonly NetworkState _state;
    private readonly Action<TorState>? _onChanged;

    /// <summary>Creates the link. Nothing is connected before <see cref="RunAsync"/>.</summary>
    /// <param name="control">Tor's control port.</param>
    /// <param name="proxies">The options for proxies and Tor.</param>
    /// <param name="service">The onion service to publish; null for none.</param>
    /// <param name="dialer">Gets the proxy for onion addresses.</param>
    /// <param name="source">Gets the networks that can be reached; null when addresses come from elsewhere.</param>
    /// <param name="connections">Are notified of a new network.</param>
    /// <param name="state">Gets the node's onion address, and the hosts of Tor.</param>
    /// <param name="loggerFactory">Creates the controller's logger; null for none.</param>
    public TorLink(
        EndPoint control,
        PeerNetworkProxies proxies,
        OnionServiceOptions? service,
        NetworkDialer dialer,
        AddressBookSource? source,
        ConnectionManager connections,
        NetworkState state,
        ILoggerFactory? loggerFactory)
    {
        (_dialer, _source, _connections, _state, _onChanged) = (dialer, source, connections, state, proxies.OnTorChanged);
        state.SharedHosts.Add(control);
        _controller = new TorController(control, new TorControllerOptions
        {
            Password = proxies.TorPassword,
            AllowPlainCookie = proxies.TorAllowPlainCookie,
            DiscoverProxy = proxies.Rules.Onion is null,
            OnionService = service,
            OnChanged = OnChanged,
            Connect = proxies.Socks5.Connect,
            TimeProvider = state.Time,
            LoggerFactory = loggerFactory,
        });
    }

    /// <summary>The state of Tor's control port.</summary>
    public TorState State => _controller.State;

    /// <summary>Keeps the connection to the control port until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(cancellationToken);

    /// <summary>Creates an onion service that leads to a listener which Tor's machine can reach.</summary>
    /// <param name="target">The address that the service leads to; null for the local address by which Tor was reached.</param>
    /// <param name="manager">Gets a listener for the service, unless one of the user's already listens at the target.</param>
    /// <param name="listeners">Gets the same listener, for the caller to dispose of when the rest fails.</param>
    public static OnionServiceOptions CreateService(
        IPEndPoint? target, ConnectionManagerOptions manager, List<IConnectionListener> listeners)
    {
        if (target is not null && manager.Listeners.Any(listener => listener.Profile.IsOnion && IsReachedAt(listener, target)))
            return new OnionServiceOptions { Target = target };

        var added = new OnionListener();
        listeners.Add(added);
        manager.Listeners = [.. manager.Listeners, added];
        if (target is not null)
            return new OnionServiceOptions { Target = added.Bind(target) };
        return new OnionServiceOptions
        {
            ChooseTarget = local =>
                added.Bind(new IPEndPoint(local is null || IPAddress.IsLoopback(local) ? IPAddress.Loopback : local, 0)),
        };
    }

    /// <summary>Creates the lookup of DNS seeds through Tor.</summary>
    /// <returns>Null when names are not dialled through Tor.</returns>
    public static LookupFunc? CreateLookup(PeerNetworkProxies? proxies, TimeProvider time) =>
        proxies is { ResolveNamesThroughTor: true, Rules.NameProxy: { } proxy }
            ? new TorResolver(proxy, new TorResolverOptions
            {
                Isolation = proxies.Socks5.Isolation,
                Credentials = proxies.Socks5.Credentials,
                LookupsPerName = proxies.Socks5.Isolation is null ? 1 : LookupsPerSeed,
                Connect = proxies.Socks5.Connect,
                TimeProvider = time,
            }).LookupAsync
            : null;

    private static bool IsReachedAt(IConnectionListener listener, IPEndPoint endPoint)
    {
        var any = endPoint.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        return listener.LocalEndPoint is IPEndPoint local && local.Port == endPoint.Port
            && (local.Address.Equals(endPoint.Address) || local.Address.Equals(any));
    }

    private void OnChanged(TorState state)
    {
        Apply(state);
        _onChanged?.Invoke(state);
    }

    private void Apply(TorState state)
    {
        // As in Bitcoin Core, an onion service is announced at once, before Tor has published it, and no longer when Tor has gone.
        _state.ExternalAddresses.Set(ExternalAddressOrigin.Onion, state.OnionService is { } onion ? [onion] : []);
        if (state.OnionService is { } known)
            _state.OwnAddresses.Add(known.ToEndPoint());

        _state.SharedHosts.Add(state.SocksProxy);

        // Tor reports a proxy only when the user's rules name none for onion addresses. It may be another one after Tor has restarted.
        if (state.SocksProxy is not { } proxy || proxy.Equals(_dialer.Rules.Onion))
            return;
        _dialer.ChangeRules(rules => rules with { Onion = proxy });
        _source?.Networks = _dialer.ReachableNetworks;
        _connections.NotifyAddressesAvailable();
    }
}
