using System.Net;

namespace Connmgr.Hosting;

/// <summary>Handles the ports of peers, which settings may leave out. I2P has no ports: there it is 0. Pure.</summary>
internal static class PeerPort
{
    /// <summary>Gets the port; 0 if there is none, -1 if the endpoint can have none.</summary>
    public static int Get(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => ip.Port,
        DnsEndPoint dns => dns.Port,
        _ => -1,
    };

    /// <summary>Adds a default port to a peer that has none.</summary>
    public static EndPoint OrDefault(EndPoint endPoint, int defaultPort) => endPoint switch
    {
        IPEndPoint { Port: 0 } ip => new IPEndPoint(ip.Address, defaultPort),
        DnsEndPoint { Port: 0 } dns when !IsI2P(dns) => new DnsEndPoint(dns.Host, defaultPort),
        _ => endPoint,
    };

    /// <summary>Determines whether a port is missing.</summary>
    public static bool IsMissing(EndPoint endPoint) => Get(endPoint) == 0 && !(endPoint is DnsEndPoint dns && IsI2P(dns));

    private static bool IsI2P(DnsEndPoint dns) => dns.Host.AsSpan().TrimEnd('.').EndsWith(".i2p", StringComparison.OrdinalIgnoreCase);
}
