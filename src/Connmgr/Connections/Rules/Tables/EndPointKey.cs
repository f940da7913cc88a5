using System.Net;
using System.Net.Sockets;

namespace Connmgr.Rules;

/// <summary>The form of an endpoint for comparisons: two notations of the same address have the same key.</summary>
internal static class EndPointKey
{
    /// <summary>Gets the key of an endpoint.</summary>
    public static EndPoint Create(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port),
        IPEndPoint ip => new IPEndPoint(ip.Address, ip.Port), // A copy: its owner may change it.
        DnsEndPoint dns => Create(dns),
        _ => endPoint,
    };

    /// <summary>Gets the endpoint to dial: an IP address in its plain form; anything else unchanged.</summary>
    public static EndPoint Plain(EndPoint endPoint) => Plain(endPoint, Create(endPoint));

    /// <inheritdoc cref="Plain(EndPoint)"/>
    public static EndPoint Plain(EndPoint endPoint, EndPoint key) => key is IPEndPoint ? key : endPoint;

    private static EndPoint Create(DnsEndPoint dns)
    {
        if (IPAddress.TryParse(dns.Host, out var address))
            return Create(new IPEndPoint(address, dns.Port));
        var host = dns.Host.TrimEnd('.').ToLowerInvariant();
        return dns.AddressFamily == AddressFamily.Unspecified && string.Equals(host, dns.Host, StringComparison.Ordinal)
            ? dns
            : new DnsEndPoint(host.Length == 0 ? dns.Host : host, dns.Port);
    }
}
