using System.Net;

namespace Connmgr.Tool;

/// <summary>Formats endpoints.</summary>
internal static class AddressText
{
    /// <summary>Formats an endpoint as HOST:PORT, without the address family that <see cref="DnsEndPoint"/> prints.</summary>
    public static string Format(EndPoint? endPoint) => endPoint switch
    {
        null => "unknown",
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? "unknown",
    };
}
