using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Finds the gateways of this machine, and the addresses to which they are to forward.</summary>
internal static class GatewayFinder
{
    /// <summary>The most ports to map.</summary>
    public const int MaxPorts = 8;

    /// <summary>The most IPv6 addresses for one port. Each is public, and needs an opening in the firewall.</summary>
    private const int MaxIPv6 = 4;

    private static readonly IPEndPoint SomewhereIPv4 = new(IPAddress.Parse("198.51.100.1"), 9);

    /// <summary>Finds what to map for listeners.</summary>
    /// <param name="listeners">The local addresses of the listeners.</param>
    /// <param name="includesIPv6">True to open ports of IPv6 addresses too.</param>
    /// <returns>The ports and their gateways; empty without a default route, as where the network is down.</returns>
    /// <exception cref="IOException">The interfaces can't be read. That says nothing about the gateways.</exception>
    public static ImmutableArray<PortMappingTarget> Find(IReadOnlyList<IPEndPoint> listeners, bool includesIPv6)
    {
        var ways = GetWays();
        var targets = ImmutableArray.CreateBuilder<PortMappingTarget>();
        foreach (var listener in listeners.Distinct().Take(MaxPorts))
        {
            if (listener.AddressFamily == AddressFamily.InterNetwork)
                targets.AddRange(ways.Where(way => IsForIPv4(way, listener.Address)).Select(way => way.To(listener.Port)).Take(1));
            else if (includesIPv6)
                targets.AddRange(ways.Where(way => IsForIPv6(way, listener.Address)).Select(way => way.To(listener.Port)).Take(MaxIPv6));
        }

        return [.. targets.Distinct()];
    }

    private static bool IsForIPv4(Way way, IPAddress listener) =>
        way.Local.AddressFamily == AddressFamily.InterNetwork && (listener.Equals(IPAddress.Any) || listener.Equals(way.Local));

    private static bool IsForIPv6(Way way, IPAddress listener) =>
        way.Local.AddressFamily == AddressFamily.InterNetworkV6 && NetworkAddress.FromIPAddress(way.Local).IsRoutable
        && (listener.Equals(IPAddress.IPv6Any) || listener.Equals(way.Local));

    /// <summary>Gets the addresses of this machine and the gateway of each, that of the default route first.</summary>
    private static Way[] GetWays()
    {
        var preferred = GetSource();
        return InterfaceAddresses.Read(() => NetworkInterface.GetAllNetworkInterfaces()
            .Where(static each => each.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(static each => GetWays(each.GetIPProperties()))
            .OrderByDescending(way => way.Local.Equals(preferred))
            .ToArray()) ?? [];
    }

    private static IEnumerable<Way> GetWays(IPInterfaceProperties properties)
    {
        foreach (var local in properties.UnicastAddresses.Select(static unicast => unicast.Address))
        {
            var gateway = properties.GatewayAddresses.Select(static each => each.Address)
                .FirstOrDefault(each => each.AddressFamily == local.AddressFamily && !each.Equals(IPAddress.Any) && !each.Equals(IPAddress.IPv6Any));
            if (gateway is not null && !local.IsIPv6LinkLocal)
                yield return new(gateway, local);
        }
    }

    /// <summary>Gets the address by which the system would send to the internet. Nothing is sent.</summary>
    private static IPAddress? GetSource()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(SomewhereIPv4);
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private sealed record Way(IPAddress Gateway, IPAddress Local)
    {
        public PortMappingTarget To(int port) => new(Gateway, new IPEndPoint(Local, port));
    }
}
