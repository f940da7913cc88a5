using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses from which many peers may come, since they are this machine's own, or those of a proxy or a Tor that passes connections on.
/// No score is kept of them. Thread-safe.
/// </summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class SharedHosts(TimeProvider timeProvider)
{
    /// <summary>The addresses of interfaces change; to read them takes a millisecond.</summary>
    private static readonly TimeSpan InterfacesAge = TimeSpan.FromMinutes(1);

    /// <summary>Tor may tell of another proxy each time; beyond some, the first are known.</summary>
    private const int Max = 64;

    private readonly Lock _lock = new();
    private ImmutableHashSet<NetworkAddress> _named = [];
    private FrozenSet<NetworkAddress> _interfaces = [];
    private long? _readAt;

    /// <summary>Adds an address; does nothing for a name.</summary>
    public void Add(EndPoint? endPoint)
    {
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var known))
            return;
        lock (_lock)
        {
            if (_named.Count < Max)
                _named = _named.Add(known.Address);
        }
    }

    /// <summary>Tells whether an address is one of them.</summary>
    public bool Contains(NetworkAddress address)
    {
        lock (_lock)
        {
            if (_named.Contains(address))
                return true;
            if (_readAt is not { } readAt || timeProvider.GetElapsedTime(readAt) > InterfacesAge)
                (_interfaces, _readAt) = (Interfaces(), timeProvider.GetTimestamp());
            return _interfaces.Contains(address);
        }
    }

    private static FrozenSet<NetworkAddress> Interfaces()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(static each => each.GetIPProperties().UnicastAddresses)
                .Select(static each => NetworkAddress.FromIPAddress(each.Address))
                .ToFrozenSet();
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return []; // What a connection says of its local address is known all the same.
        }
    }
}
