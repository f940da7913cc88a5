using System.Net;

namespace Connmgr.Hosting;

/// <summary>The port of a peer, which settings need not tell. Pure.</summary>
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
        DnsEndPoint { Port: 0 } dns => new DnsEndPoint(dns.Host, defaultPort),
        _ => endPoint,
    };
}
