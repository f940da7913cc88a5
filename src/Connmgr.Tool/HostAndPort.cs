using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool;

/// <summary>
/// HOST[:PORT] of a command line. HOST is an IPv4 address, an IPv6 address in brackets, or a name. An immutable value, compared by value.
/// Names are in lower case, with the trailing dot of an absolute name.
/// </summary>
internal sealed record HostAndPort
{
    private const string OnionSuffix = ".onion";
    private const string I2PSuffix = ".i2p";
    private const int MaxNameLength = 253;
    private const int MaxLabelLength = 63;

    private HostAndPort(IPAddress? address, string? name, int? port) => (Address, Name, Port) = (address, name, port);

    /// <summary>The address; null when it is a name.</summary>
    public IPAddress? Address { get; }

    /// <summary>The name; null when it is an address.</summary>
    public string? Name { get; }

    /// <summary>The port; null when none was given.</summary>
    public int? Port { get; }

    private bool IsI2P => Name is not null && IsOnI2P(Name);

    /// <summary>Parses a host to connect to. Its port can't be 0, except on I2P, which has no ports.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">The fault of the text and its remedy; null when the text is valid.</param>
    /// <param name="defaultPort">A name for the default port, for the error.</param>
    /// <returns>The host; null when the text is not valid.</returns>
    public static HostAndPort? ParseRemote(string text, out string? error, string defaultPort = "the network's default") =>
        Parse(text, leastPort: 1, $", or leave it out for {defaultPort}", out error);

    /// <summary>Parses an address to listen at. With port 0, the system chooses one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">The fault of the text and its remedy; null when the text is valid.</param>
    /// <returns>The host; null when the text is not valid.</returns>
    public static HostAndPort? ParseLocal(string text, out string? error) =>
        Parse(text, leastPort: 0, ", where 0 lets the system choose", out error);

    /// <summary>Parses an address with any port.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">The fault of the text and its remedy; null when the text is valid.</param>
    /// <returns>The host; null when the text is not valid.</returns>
    public static HostAndPort? ParseAny(string text, out string? error) => Parse(text, leastPort: 0, otherwise: string.Empty, out error);

    /// <summary>Parses a host without a port.</summary>
    /// <param name="text">The text.</param>
    /// <param name="error">The fault of the text and its remedy; null when the text is valid.</param>
    /// <returns>The host; null when the text is not valid.</returns>
    public static HostAndPort? ParseHost(string text, out string? error)
    {
        if (!TrySplit(text, out _, out var port, out error) || port is null)
            return error is null ? ParseAny(text, out error) : null;
        error = $"it has a port: leave out :{port}";
        return null;
    }

    private static HostAndPort? Parse(string text, int leastPort, string otherwise, out string? error)
    {
        if (!TrySplit(text, out var host, out var portText, out error))
            return null;
        int? port = null;
        if (portText is not null)
        {
            if (!TryParsePort(portText, out var number) || (number < leastPort && !IsOnI2P(host)))
            {
                error = $"its port is '{portText}': use a number from {leastPort} to {ushort.MaxValue}{otherwise}";
                return null;
            }

            port = number;
        }

        if (text.StartsWith('['))
            return FromIPv6(host, port, out error);
        return LooksLikeIPv4(host) ? FromIPv4(host, port, out error) : FromName(host, port, out error);
    }

    /// <summary>Converts the host to an endpoint.</summary>
    /// <param name="defaultPort">The port when none was given. Peers on I2P have 0, as in Bitcoin Core's gossip.</param>
    /// <returns>The endpoint.</returns>
    public EndPoint ToEndPoint(int defaultPort) =>
        Address is { } address ? new IPEndPoint(address, Port ?? defaultPort) : new DnsEndPoint(Name!, Port ?? (IsI2P ? 0 : defaultPort));

    /// <summary>Formats the host as on a command line.</summary>
    /// <returns>For example <c>[::1]:8333</c>.</returns>
    public override string ToString()
    {
        var host = Address is { AddressFamily: AddressFamily.InterNetworkV6 } ? $"[{Address}]" : Address?.ToString() ?? Name;
        return Port is { } port ? $"{host}:{port}" : host!;
    }

    private static bool TrySplit(string text, out string host, out string? port, out string? error)
    {
        (host, port, error) = (text, null, null);
        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            var rest = close < 0 ? string.Empty : text[(close + 1)..];
            if (close < 0 || (rest.Length > 0 && rest[0] != ':'))
            {
                error = "the brackets are not in order: write [ADDRESS] or [ADDRESS]:PORT, such as [::1]:8333";
                return false;
            }

            (host, port) = (text[1..close], rest.Length > 0 ? rest[1..] : null);
            return true;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return true;
        if (text.IndexOf(':', colon + 1) >= 0)
        {
            error = "it has more than one colon: write an IPv6 address in brackets, such as [::1] or [::1]:8333";
            return false;
        }

        (host, port) = (text[..colon], text[(colon + 1)..]);
        return true;
    }

    private static HostAndPort? FromIPv6(string host, int? port, out string? error)
    {
        error = null;
        if (host.AsSpan().Contains(':') && !host.AsSpan().Contains('[') && IPAddress.TryParse(host, out var address))
            return new HostAndPort(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, name: null, port);
        error = $"'{host}' is not an IPv6 address: write one in the brackets, such as [::1]";
        return null;
    }

    private static HostAndPort? FromIPv4(string host, int? port, out string? error)
    {
        error = null;
        var parts = host.Split('.');
        Span<byte> bytes = stackalloc byte[4];
        var valid = parts.Length == bytes.Length;
        for (var i = 0; valid && i < bytes.Length; i++)
        {
            valid = parts[i] is { Length: 1 } or { Length: > 1 and <= 3 } && (parts[i].Length == 1 || parts[i][0] != '0')
                && byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]);
        }

        if (valid)
            return new HostAndPort(new IPAddress(bytes), name: null, port);
        error = $"'{host}' is not an IPv4 address: write four numbers from 0 to 255, such as 127.0.0.1";
        return null;
    }

    private static HostAndPort? FromName(string host, int? port, out string? error)
    {
        error = null;
        var name = (host.EndsWith('.') ? host[..^1] : host).ToLowerInvariant();
        if (name.Length is > 0 and <= MaxNameLength && name.Split('.').All(IsLabel))
        {
            if (NetworkAddress.IsInvalidOnion(name))
            {
                error = "it is not an onion address of version 3, which has 56 characters with a valid checksum before .onion: check that it was copied completely; " +
                    "those of version 2 (16 characters) no longer exist";
                return null;
            }

            // Names of Tor and I2P are not looked up in DNS, so they have no absolute form.
            var isAbsolute = host.EndsWith('.') && !name.EndsWith(OnionSuffix, StringComparison.Ordinal) && !IsOnI2P(name);
            return new HostAndPort(address: null, isAbsolute ? name + "." : name, port);
        }

        error = host.Length == 0
            ? "it has no host: write HOST or HOST:PORT, such as 127.0.0.1 or seed.example.org:8333"
            : $"'{host}' is not a host name: use letters, digits and hyphens (xn--... for others), in parts of at most " +
                $"{MaxLabelLength} characters with dots between";
        return null;
    }

    private static bool IsOnI2P(string host) => host.AsSpan().TrimEnd('.').EndsWith(I2PSuffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Determines whether a host is meant to be an IPv4 address: no host name ends in a number (RFC 1123).</summary>
    private static bool LooksLikeIPv4(string host) =>
        host[(host.LastIndexOf('.') + 1)..] is { Length: > 0 } last && last.All(char.IsAsciiDigit);

    private static bool IsLabel(string label) => label.Length is > 0 and <= MaxLabelLength
        && label[0] != '-' && label[^1] != '-' && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;
}
