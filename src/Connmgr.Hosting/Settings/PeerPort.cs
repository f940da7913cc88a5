using System.Net;

namespace Connmgr.Hosting;

/// <summary>The port of a peer, which settings need not tell. I2P has no ports: it is 0 there. Pure.</summary>
internal static class PeerPort
{
    /// <summary>The port; 0 when there is none.</summary>
    public static int Of(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => ip.Port,
        DnsEndPoint dns => dns.Port,
        _ => -1,
    };

    /// <summary>The same peer, with a port where it has none.</summary>
    public static EndPoint OrDefault(EndPoint endPoint, int defaultPort) => endPoint switch
    {
        IPEndPoint { Port: 0 } ip => new IPEndPoint(ip.Address, defaultPort),
        DnsEndPoint { Port: 0 } dns when !IsI2P(dns) => new DnsEndPoint(dns.Host, defaultPort),
        _ => endPoint,
    };

    /// <summary>Whether a port is missing.</summary>
    public static bool IsMissing(EndPoint endPoint) => Of(endPoint) == 0 && !(endPoint is DnsEndPoint dns && IsI2P(dns));

    private static bool IsI2P(DnsEndPoint dns) => dns.Host.AsSpan().TrimEnd('.').EndsWith(".i2p", StringComparison.OrdinalIgnoreCase);
}
