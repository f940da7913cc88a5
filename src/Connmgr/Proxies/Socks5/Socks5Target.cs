using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>A peer as SOCKS5 is asked for it. Made by <see cref="GetTry"/> alone, so the host fits into a request.</summary>
/// <param name="Host">A name, or an address as text.</param>
/// <param name="Port">The port, 1 to 65535. 0 on I2P, which has none.</param>
/// <param name="EndPoint">The peer as the stream names it.</param>
internal readonly record struct Socks5Target(string Host, ushort Port, EndPoint EndPoint)
{
    /// <summary>True when only a name server can resolve it: not an address, and not a name that is one (.onion, .i2p).</summary>
    public bool IsPlainName => EndPoint is DnsEndPoint && !OverlayName.IsOverlay(Host);

    /// <summary>Makes a target of an endpoint.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>.</param>
    /// <param name="target">The target.</param>
    /// <param name="problem">The fault; null for none.</param>
    /// <returns>True when the proxy can be asked for it.</returns>
    public static bool GetTry(EndPoint endPoint, out Socks5Target target, out string? problem)
    {
        target = default;
        problem = null;
        switch (endPoint)
        {
            case IPEndPoint { Port: 0 }:
            case DnsEndPoint { Port: 0 } zero when !OverlayName.IsI2P(zero.Host):
                problem = "Port 0 is not a port to connect to, but on I2P.";
                return false;
            case DnsEndPoint onion when NetworkAddress.IsInvalidOnion(onion.Host):
                problem = OverlayText.DescribeError(onion.Host);
                return false;
            case IPEndPoint ip:
                target = Create(ip.Address, ip.Port);
                return true;
            case DnsEndPoint dns when IPAddress.TryParse(dns.Host, out var address):
                target = Create(address, dns.Port);
                return true;
            case DnsEndPoint dns:
                if (!Socks5HostName.TryToAscii(dns.Host, out var host, out problem))
                    return false;
                target = new(host, (ushort)dns.Port, dns);
                return true;
            default:
                problem = $"A {endPoint.GetType().Name} can't be asked of a SOCKS5 proxy; give an IPEndPoint or DnsEndPoint.";
                return false;
        }
    }

    private static Socks5Target Create(IPAddress address, int port)
    {
        // Without its scope, which means nothing to the proxy, and in its plain form.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily == AddressFamily.InterNetworkV6)
            plain = new IPAddress(plain.GetAddressBytes());
        return new(plain.ToString(), (ushort)port, new IPEndPoint(plain, port));
    }
}
