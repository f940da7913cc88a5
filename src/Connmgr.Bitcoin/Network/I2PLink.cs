using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Connects a <see cref="PeerNetwork"/> with an I2P router, and applies what the router reports: the node's I2P address, and that peers can be
/// dialled. Thread-safe.
/// </summary>
internal sealed class I2PLink
{
    private readonly NetworkState _state;
    private readonly Action<I2PState>? _onChanged;

    /// <summary>Creates the link. Nothing is connected before <see cref="RunAsync"/>.</summary>
    /// <param name="router">The router's SAM bridge.</param>
    /// <param name="options">The options of the network, with those for proxies.</param>
    /// <param name="state">Gets the node's I2P address, which is announced, and the host of the router.</param>
    public I2PLink(EndPoint router, PeerNetworkOptions options, NetworkState state)
    {
        var proxies = options.Proxies!;
        (_state, _onChanged) = (state, proxies.OnI2PChanged);
        state.SharedHosts.Add(router);
        Controller = new I2PController(router, new I2PControllerOptions
        {
            AcceptConnections = proxies.AcceptI2P,
            KeyFile = proxies.AcceptI2P && options.DataDirectory is { } directory ? ChainDirectory.FromDataDirectory(directory, options.Chain!).I2PKey : null,
            TunnelLength = proxies.I2PTunnelLength,
            OnChanged = OnChanged,
            Connect = proxies.Socks5.Connect,
            TimeProvider = state.Time,
            LoggerFactory = options.LoggerFactory,
        });
    }

    /// <summary>The controller.</summary>
    public I2PController Controller { get; }

    /// <summary>The connections, which are notified when the router is there. Set before <see cref="RunAsync"/>.</summary>
    public ConnectionManager? Connections { get; set; }

    /// <summary>True when the router has no session, and could not make one.</summary>
    public bool HasFailed => Controller.State is { IsConnected: false, Failure: not null };

    /// <summary>Keeps sessions at the router until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Controller.RunAsync(cancellationToken);

    private void OnChanged(I2PState state)
    {
        _state.ExternalAddresses.Set(ExternalAddressOrigin.I2P, state.Address is { } served ? [served] : []);
        if (state.Address is { } address)
            _state.OwnAddresses.Add(address.ToEndPoint());
        if (state.IsConnected)
            Connections?.NotifyAddressesAvailable();
        _onChanged?.Invoke(state);
    }
}
