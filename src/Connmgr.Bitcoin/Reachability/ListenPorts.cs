using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>The addresses of a network's listeners, and the ports that belong to external addresses without one. Immutable.</summary>
internal sealed class ListenPorts
{
    private readonly int _onion;

    /// <summary>Creates the ports from the listeners.</summary>
    /// <param name="listeners">The listeners.</param>
    /// <param name="defaultPort">The port of the chain.</param>
    public ListenPorts(IReadOnlyCollection<IConnectionListener> listeners, int defaultPort)
    {
        var ordinary = GetAddresses(listeners, isOnion: false).ToList();
        Ordinary = [.. ordinary.Where(static local => !IPAddress.IsLoopback(local.Address))];
        var onion = GetAddresses(listeners, isOnion: true).FirstOrDefault();
        Port = (Ordinary.FirstOrDefault() ?? ordinary.FirstOrDefault())?.Port ?? onion?.Port ?? defaultPort;
        _onion = onion?.Port ?? Port;
    }

    /// <summary>The local addresses of the listeners that no onion service needs, without those on loopback, which others can't reach.</summary>
    public ImmutableArray<IPEndPoint> Ordinary { get; }

    /// <summary>The port of the first listener, if possible of one that is not on loopback; the chain's without one.</summary>
    public int Port { get; }

    /// <summary>Gives an address without a port that of its listener: for .onion the first listener of an onion service, otherwise the first other one.</summary>
    public NetworkEndPoint Complete(NetworkEndPoint endPoint) => endPoint switch
    {
        { Port: > 0 } or { Address.Network: AddressNetwork.I2P } => endPoint, // I2P has no ports.
        { Address.Network: AddressNetwork.TorV3 } => endPoint with { Port = (ushort)_onion },
        _ => endPoint with { Port = (ushort)Port },
    };

    private static IEnumerable<IPEndPoint> GetAddresses(IReadOnlyCollection<IConnectionListener> listeners, bool isOnion) =>
        listeners.Where(listener => listener.Profile.IsOnion == isOnion).SelectMany(NetworkListeners.GetEndPoints).OfType<IPEndPoint>().Where(static local => local.Port > 0);
}
