using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps the table of the addresses at which others can reach a network: those of the user at once, those of listeners and interfaces while
/// it runs.
/// </summary>
internal sealed class Reachability
{
    private readonly AddressDiscovery? _discovery; // Null when addresses are not discovered.
    private readonly LocalNetworkWatcher _watcher;
    private readonly ILogger _logger;

    /// <summary>Creates the part, and adds the addresses that do not change.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="manager">The options of the connection manager, with all listeners.</param>
    /// <param name="state">Has the table.</param>
    /// <param name="networks">The networks that are dialled.</param>
    /// <param name="logger">The network's logger.</param>
    public Reachability(PeerNetworkOptions options, ConnectionManagerOptions manager, NetworkState state, AddressNetworks networks, ILogger logger)
    {
        _logger = logger;
        state.ExternalAddresses.Changed += OnChanged;
        var ports = new ListenPorts([.. manager.Listeners], options.Chain!.DefaultPort);
        foreach (var own in options.ExternalAddresses)
            state.ExternalAddresses.Add(ports.Complete(own), ExternalAddressOrigin.User);
        if (options.DiscoverAddresses ?? IsDiscoveryUseful(options))
        {
            _discovery = new(state.ExternalAddresses, ports.Ordinary, networks);
            _discovery.Begin();
            state.ExternalAddresses.ListenPort = ports.Ordinary.IsEmpty ? 0 : ports.Port;
        }

        _watcher = new(options.ReadLocalNetwork, manager.ObserveNetworkChanges, OnRead);
    }

    /// <summary>Runs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _watcher.RunAsync(cancellationToken);

    /// <summary>Notifies of a change of the machine's network that the system may not report.</summary>
    public void NotifyNetworkChanged() => _watcher.Notify();

    /// <summary>Determines whether to discover addresses when the user says nothing, as Bitcoin Core does.</summary>
    private static bool IsDiscoveryUseful(PeerNetworkOptions options) =>
        options.Dial is null && options.Proxies?.Rules.NameProxy is null
        && !options.ExternalAddresses.Any(static own => own.Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6);

    private void OnChanged(object? sender, ExternalAddressChangedEventArgs changed)
    {
        if (changed.IsAdded)
            NetworkLog.ExternalAddressAdded(_logger, changed.Address.EndPoint, string.Join(", ", changed.Address.Origins));
        else
            NetworkLog.ExternalAddressRemoved(_logger, changed.Address.EndPoint);
    }

    private void OnRead(LocalNetwork local) => _discovery?.Update(local);
}
