using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Connmgr.Bitcoin;

/// <summary>The addresses and default routes of this machine at one moment. Immutable.</summary>
internal sealed class LocalNetwork
{
    private const int PrefixLength = 8; // Bytes of an IPv6 address that name its link: /64.

    // Documentation addresses, which default routes lead to as they do to any other. Nothing is sent there.
    private static readonly IPAddress[] Anywhere = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")];

    /// <summary>Creates the state of a machine.</summary>
    /// <param name="addresses">The addresses of the interfaces that are up.</param>
    /// <param name="gateways">The gateways of the default routes.</param>
    /// <param name="sources">The local addresses that the default routes use. They show a route without a gateway.</param>
    public LocalNetwork(IEnumerable<NetworkAddress> addresses, IEnumerable<NetworkAddress> gateways, params IEnumerable<NetworkAddress> sources) =>
        (Addresses, Routes) = (addresses.ToFrozenSet(), gateways.Concat(sources.Select(ToRoute)).ToFrozenSet());

    /// <summary>The addresses of the interfaces that are up, those of loopback included.</summary>
    public FrozenSet<NetworkAddress> Addresses { get; }

    /// <summary>The gateways of the default routes, and the local addresses that these use: of IPv6 the prefix alone.</summary>
    public FrozenSet<NetworkAddress> Routes { get; }

    /// <summary>Reads the state of this machine, in about a millisecond.</summary>
    /// <returns>Null if the system does not report it.</returns>
    public static LocalNetwork? Read()
    {
        try
        {
            var interfaces = NetworkInterface.GetAllNetworkInterfaces()
                .Where(static each => each.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                .Select(static each => each.GetIPProperties())
                .ToList();
            return new(
                interfaces.SelectMany(static each => each.UnicastAddresses).Select(static each => NetworkAddress.FromIPAddress(each.Address)),
                interfaces.SelectMany(static each => each.GatewayAddresses).Select(static each => NetworkAddress.FromIPAddress(each.Address)),
                Anywhere.Select(FindSource).OfType<NetworkAddress>());
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reduces a local address to what tells one route from another. A system replaces its temporary IPv6 addresses once a day (RFC 8981); the
    /// prefix stays, and the connections of the old address go on.
    /// </summary>
    private static NetworkAddress ToRoute(NetworkAddress source)
    {
        if (source.Network != AddressNetwork.IPv6)
            return source;
        var bytes = source.ToIPAddress()!.GetAddressBytes();
        bytes.AsSpan(PrefixLength).Clear();
        return NetworkAddress.FromIPAddress(new IPAddress(bytes));
    }

    /// <summary>Finds the local address from which an address is reached. Nothing is sent: a datagram socket only looks for the route.</summary>
    private static NetworkAddress? FindSource(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(address, 9));
            return socket.LocalEndPoint is IPEndPoint local ? NetworkAddress.FromIPAddress(local.Address) : null;
        }
        catch (SocketException)
        {
            return null; // There is no route.
        }
    }
}
