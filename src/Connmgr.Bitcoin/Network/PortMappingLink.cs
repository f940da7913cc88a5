namespace Connmgr.Bitcoin;

/// <summary>Maps the ports of a <see cref="PeerNetwork"/>'s listeners, and applies the external addresses that gateways tell. Thread-safe.</summary>
internal sealed class PortMappingLink
{
    private readonly PortMapper _mapper;
    private readonly NetworkState _state;
    private readonly Action<PortMappingState>? _onChanged;

    /// <summary>Creates the link. No gateway is asked before <see cref="RunAsync"/>.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="listeners">The listeners of the network. Those of onion services, and those on loopback, need no mapping.</param>
    /// <param name="observes">True to follow the system's reports of network changes.</param>
    /// <param name="state">Gets the external addresses.</param>
    public PortMappingLink(PeerNetworkOptions options, IEnumerable<IConnectionListener> listeners, bool observes, NetworkState state)
    {
        (_state, _onChanged) = (state, options.OnPortMappingChanged);
        IConnectionListener[] all = [.. listeners];
        _mapper = new PortMapper(options.ConfigurePortMapping(new PortMapperOptions
        {
            Method = options.PortMapping,
            GetListeners = () => new ListenPorts(all, options.Chain!.DefaultPort).Ordinary,
            OnChanged = OnChanged,
            ObserveNetworkChanges = observes,
            TimeProvider = options.TimeProvider,
            LoggerFactory = options.LoggerFactory,
        }));
    }

    /// <summary>The state of the mappings.</summary>
    public PortMappingState State => _mapper.State;

    /// <summary>Keeps the mappings until it is cancelled, then removes them.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _mapper.RunAsync(cancellationToken);

    /// <summary>Notes that the machine's network has changed, or that it was suspended: gateways may have lost the mappings.</summary>
    public void NotifyNetworkChanged() => _mapper.NoteNetworkChange();

    private void OnChanged(PortMappingState state)
    {
        _state.ExternalAddresses.Set(ExternalAddressOrigin.PortMapping, [.. state.Mappings.Where(static mapping => mapping.IsPublic).Select(static mapping => mapping.External)]);
        _onChanged?.Invoke(state);
    }
}
