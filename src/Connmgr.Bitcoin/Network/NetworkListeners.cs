using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>The listeners of a <see cref="PeerNetwork"/>. Immutable, but for the addresses of interfaces.</summary>
internal sealed class NetworkListeners
{
    private static readonly ListenerProfile OnionProfile = new() { IsOnion = true };

    private readonly ImmutableArray<IConnectionListener> _ordinary;
    private readonly ImmutableArray<IConnectionListener> _onion;

    private NetworkListeners(ImmutableArray<IConnectionListener> ordinary, ImmutableArray<IConnectionListener> onion) => (_ordinary, _onion) = (ordinary, onion);

    /// <summary>All listeners.</summary>
    public IEnumerable<IConnectionListener> All => _ordinary.Concat(_onion);

    /// <summary>The local addresses of <see cref="PeerNetworkOptions.ListenOn"/> and <see cref="PeerNetworkOptions.ListenOnInterfaces"/>, with the ports chosen.</summary>
    public ImmutableArray<EndPoint> EndPoints => [.. _ordinary.SelectMany(GetEndPoints)];

    /// <summary>The local addresses of <see cref="PeerNetworkOptions.OnionListenOn"/>, with the ports chosen.</summary>
    public ImmutableArray<EndPoint> OnionEndPoints => [.. _onion.SelectMany(GetEndPoints)];

    /// <summary>Listens on the addresses and interfaces of the options.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="opened">Gets each listener, for the caller to dispose of when the rest fails.</param>
    /// <exception cref="IOException">An address can't be listened on.</exception>
    public static NetworkListeners Open(PeerNetworkOptions options, List<IConnectionListener> opened)
    {
        foreach (var endPoint in options.ListenOn)
            opened.Add(TcpConnectionListener.Listen(endPoint));
        foreach (var local in options.ListenOnInterfaces)
            opened.Add(InterfaceListener.Listen(local.Host, local.Port, timeProvider: options.TimeProvider));
        ImmutableArray<IConnectionListener> ordinary = [.. opened];
        foreach (var endPoint in options.OnionListenOn)
            opened.Add(TcpConnectionListener.Listen(endPoint, profile: OnionProfile));
        return new(ordinary, [.. opened.Skip(ordinary.Length)]);
    }

    /// <summary>Gets the local addresses of a listener: any number of those of an interface, one of others.</summary>
    public static IEnumerable<EndPoint> GetEndPoints(IConnectionListener listener) =>
        listener is InterfaceListener ofInterface ? ofInterface.LocalEndPoints : [listener.LocalEndPoint];
}
