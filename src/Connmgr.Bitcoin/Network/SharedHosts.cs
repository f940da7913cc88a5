using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses that many peers may share: those of this machine, and those of proxies and Tor, which forward connections. They get no
/// score. Thread-safe. Design B-3.
/// </summary>
/// <param name="external">The addresses at which others can reach this machine: peers behind the same gateway may have one of them.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class SharedHosts(ExternalAddresses external, TimeProvider timeProvider)
{
    /// <summary>The time after which the addresses of interfaces are read again. Reading them takes a millisecond.</summary>
    private static readonly TimeSpan InterfacesAge = TimeSpan.FromMinutes(1);

    /// <summary>The most addresses kept, the first ones. Tor may report another proxy each time.</summary>
    private const int Max = 64;

    private readonly Lock _lock = new();
    private ImmutableHashSet<NetworkAddress> _named = [];
    private FrozenSet<NetworkAddress> _interfaces = [];
    private long? _readAt;

    /// <summary>Adds an address. Does nothing for a name.</summary>
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

    /// <summary>Determines whether an address is one of them.</summary>
    public bool Contains(NetworkAddress address)
    {
        foreach (var own in external.All)
        {
            if (own.EndPoint.Address == address.ToCjdns() && own.Origins is not [ExternalAddressOrigin.PortMapping]) // A false gateway could name any host.
                return true;
        }

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
            return []; // The local addresses of connections are known without it.
        }
    }
}
