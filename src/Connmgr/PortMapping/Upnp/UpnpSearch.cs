using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Connmgr;

/// <summary>Writes the search for UPnP gateways (SSDP), and reads the replies. Pure.</summary>
internal static class UpnpSearch
{
    /// <summary>The greatest length of a reply to read.</summary>
    public const int MaxLength = 2048;

    /// <summary>The port of SSDP.</summary>
    public const int Port = 1900;

    /// <summary>The address at which all devices of a network receive searches.</summary>
    public static readonly IPAddress Group = IPAddress.Parse("239.255.255.250");

    /// <summary>The types of devices to search for: version 2 and version 1 of an Internet Gateway Device.</summary>
    private static readonly string[] Types = ["urn:schemas-upnp-org:device:InternetGatewayDevice:2", "urn:schemas-upnp-org:device:InternetGatewayDevice:1"];

    /// <summary>Writes the searches, one for each type of device.</summary>
    public static IEnumerable<byte[]> Write() =>
        Types.Select(static type => Encoding.ASCII.GetBytes($"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: {type}\r\n\r\n"));

    /// <summary>Reads a reply.</summary>
    /// <param name="data">The datagram.</param>
    /// <param name="gateway">The gateway. The description must be there too: a reply must not lead to another host.</param>
    /// <param name="location">The address of the gateway's description.</param>
    /// <returns>False if the datagram is not a valid reply of this gateway.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, IPAddress gateway, [NotNullWhen(true)] out Uri? location)
    {
        location = null;
        if (data.Length > MaxLength)
            return false;
        var lines = Encoding.Latin1.GetString(data).Split("\r\n");
        if (!lines[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !lines[0].Contains(" 200", StringComparison.Ordinal))
            return false;
        const string Header = "LOCATION:";
        var line = lines.FirstOrDefault(static line => line.StartsWith(Header, StringComparison.OrdinalIgnoreCase));
        if (!Uri.TryCreate(line?[Header.Length..].Trim(), UriKind.Absolute, out var uri) || !IsAt(uri, gateway))
            return false;
        location = uri;
        return true;
    }

    /// <summary>Determines whether an address is one of HTTP at a host, and names no user.</summary>
    public static bool IsAt(Uri uri, IPAddress host) =>
        uri.IsAbsoluteUri && string.Equals(uri.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal) && uri.UserInfo.Length == 0
        && uri.HostNameType == UriHostNameType.IPv4 && IPAddress.TryParse(uri.Host, out var address) && address.Equals(host);
}
