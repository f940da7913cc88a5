using System.Net;
using System.Net.Sockets;

namespace Connmgr.Rules;

/// <summary>The form of an endpoint for comparisons: two notations of the same address have the same key.</summary>
internal static class EndPointKey
{
    /// <summary>Gets the key of an endpoint, to keep: a copy of an IP address, because its owner may change it.</summary>
    public static EndPoint Create(EndPoint endPoint)
    {
        var key = Borrow(endPoint);
        return ReferenceEquals(key, endPoint) && key is IPEndPoint ip ? new IPEndPoint(ip.Address, ip.Port) : key;
    }

    /// <summary>Gets the key of an endpoint, for a look-up or a comparison. It may be the endpoint itself, so it must not be kept.</summary>
    public static EndPoint Borrow(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port),
        DnsEndPoint dns => FromName(dns),
        _ => endPoint,
    };

    /// <summary>Gets the endpoint to dial, to keep: an IP address in its plain form; anything else unchanged.</summary>
    public static EndPoint Plain(EndPoint endPoint) => Plain(endPoint, Create(endPoint));

    /// <summary>Gets the endpoint to dial from an endpoint and its key.</summary>
    public static EndPoint Plain(EndPoint endPoint, EndPoint key) => key is IPEndPoint ? key : endPoint;

    /// <summary>Gets the endpoint to dial as <see cref="Borrow"/> gets a key.</summary>
    public static EndPoint BorrowPlain(EndPoint endPoint) => Plain(endPoint, Borrow(endPoint));

    private static EndPoint FromName(DnsEndPoint dns)
    {
        if (IPAddress.TryParse(dns.Host, out var address))
            return Borrow(new IPEndPoint(address, dns.Port));
        var host = dns.Host.TrimEnd('.').ToLowerInvariant();
        return dns.AddressFamily == AddressFamily.Unspecified && string.Equals(host, dns.Host, StringComparison.Ordinal)
            ? dns
            : new DnsEndPoint(host.Length == 0 ? dns.Host : host, dns.Port);
    }
}
