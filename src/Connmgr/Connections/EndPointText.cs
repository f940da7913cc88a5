using System.Net;

namespace Connmgr;

/// <summary>Endpoints as people write them.</summary>
internal static class EndPointText
{
    /// <summary>HOST:PORT, without the address family that <see cref="DnsEndPoint"/> prints.</summary>
    public static string Of(EndPoint? endPoint) => endPoint switch
    {
        null => "an unknown address",
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? endPoint.GetType().Name,
    };
}
