using System.Collections.Immutable;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Follows the machine's network: keeps the addresses of the user, of listeners and of interfaces in the table of external addresses, and has
/// the connections checked that a change or a suspend may have broken.
/// </summary>
internal sealed class Reachability
{
    /// <summary>The changes of external addresses that are logged at once, before there is one in each <see cref="LogPause"/>: a host of the LAN may cause any number.</summary>
    public const int MaxLogged = 20;

    /// <summary>See <see cref="MaxLogged"/>.</summary>
    public static readonly TimeSpan LogPause = TimeSpan.FromMinutes(10);

    private readonly MonotonicClock _clock;
    private readonly Lock _logLock = new();
    private readonly TokenBucket _logs = new(MaxLogged, 1 / LogPause.TotalSeconds); // Under _logLock.
    private readonly AddressDiscovery? _discovery; // Null when addresses are not discovered.
    private readonly ImmutableArray<InterfaceListener> _interfaces;
    private readonly LocalNetworkWatcher _watcher;
    private readonly ConnectionChecks _checks;
    private readonly ClockWatch _clocks;
    private readonly ILogger _logger;
    private LocalNetwork? _local; // The last state. Used by OnRead alone.

    /// <summary>Creates the part, and adds the addresses that do not change.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="manager">The options of the connection manager, with all listeners.</param>
    /// <param name="state">Has the table.</param>
    /// <param name="networks">The networks that are dialled.</param>
    /// <param name="connections">The connections.</param>
    /// <param name="logger">The network's logger.</param>
    public Reachability(
        PeerNetworkOptions options,
        ConnectionManagerOptions manager,
        NetworkState state,
        AddressNetworks networks,
        ConnectionManager connections,
        ILogger logger)
    {
        _logger = logger;
        _clock = new(options.TimeProvider);
        state.ExternalAddresses.Changed += OnAddressChanged;
        ImmutableArray<IConnectionListener> listeners = [.. manager.Listeners];
        var ports = new ListenPorts(listeners, options.Chain!.DefaultPort);
        foreach (var own in options.ExternalAddresses)
            state.ExternalAddresses.Add(ports.Complete(own.ToCjdns()), ExternalAddressOrigin.User);
        if (options.DiscoverAddresses ?? IsDiscoveryUseful(options))
        {
            _discovery = new(state.ExternalAddresses, () => new ListenPorts(listeners, options.Chain.DefaultPort).Ordinary, networks);
            _discovery.UpdateListeners();
            state.ExternalAddresses.ListenPort = ports.Ordinary.IsEmpty ? 0 : ports.Port;
        }

        _interfaces = [.. listeners.OfType<InterfaceListener>()];
        foreach (var listener in _interfaces)
        {
            listener.OnChanged = () =>
            {
                _discovery?.UpdateListeners();
                OnListenersChanged?.Invoke();
            };
        }

        _watcher = new(options.ReadLocalNetwork, manager.ObserveNetworkChanges, OnRead, options.TimeProvider);
        _checks = new(connections, options.TimeProvider, logger);
        _clocks = new(state.Clock, OnSuspended, options.TimeProvider, logger);
    }

    /// <summary>Called when an address or a route is gone, and after a suspend: pauses in dialling are over. Must be quick. Set before the start.</summary>
    public Action? OnChanged { get; init; }

    /// <summary>Called when the local addresses of listeners have changed. Must be quick. Set before the start.</summary>
    public Action? OnListenersChanged { get; init; }

    /// <summary>The tasks that run while the connections run.</summary>
    public ImmutableArray<BackgroundTask> Tasks =>
        [new("observation of the network", _watcher.RunAsync), new("checks of connections", _checks.RunAsync), new("observation of the clock", _clocks.RunAsync)];

    /// <summary>Notifies of a change of the machine's network that the system may not report. All connections are checked.</summary>
    public void NotifyNetworkChanged()
    {
        OnChanged?.Invoke();
        _watcher.Notify();
        foreach (var listener in _interfaces)
            listener.NotifyChanged();
        _checks.Request("a reported change of the network", static _ => true);
    }

    /// <summary>Determines whether to discover addresses when the user says nothing, as Bitcoin Core does.</summary>
    private static bool IsDiscoveryUseful(PeerNetworkOptions options) =>
        options.Dial is null && options.Proxies?.Rules.NameProxy is null
        && !options.ExternalAddresses.Any(static own => own.ToCjdns().Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6);

    private void OnAddressChanged(object? sender, ExternalAddressChangedEventArgs changed)
    {
        bool isLogged;
        lock (_logLock)
            isLogged = _logs.TryTake(_clock.Now);
        if (!isLogged)
            return;
        if (changed.IsAdded)
            NetworkLog.ExternalAddressAdded(_logger, changed.Address.EndPoint, string.Join(", ", changed.Address.Origins));
        else
            NetworkLog.ExternalAddressRemoved(_logger, changed.Address.EndPoint);
    }

    private void OnRead(LocalNetwork local)
    {
        _discovery?.Update(local);
        var before = _local;
        _local = local;
        if (before is null || !NetworkChangeRules.CanBreak(before, local))
            return;
        _checks.Request(
            "a change of the network",
            connection => NetworkChangeRules.Affects(before, local, connection.LocalEndPoint, connection.RemoteEndPoint, connection.IsOnion));
        OnChanged?.Invoke();
    }

    private void OnSuspended(TimeSpan duration)
    {
        _checks.Request(Invariant($"a suspend of {(long)duration.TotalSeconds} s"), static _ => true);
        OnChanged?.Invoke();
    }
}
