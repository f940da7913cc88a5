using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// The address of a proxy, or of Tor's control port, as text: <c>127.0.0.1:9050</c>, <c>[::1]:9050</c>, <c>localhost:9050</c>, or
/// <c>unix:/run/tor/socks</c> for a unix socket, as in Bitcoin Core. Thread-safe.
/// </summary>
internal static class ProxyEndPoint
{
    /// <summary>Tor's usual SOCKS port.</summary>
    public const int DefaultPort = 9050;

    /// <summary>Tor's usual control port.</summary>
    public const int DefaultControlPort = 9051;

    private const string UnixPrefix = "unix:";

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="defaultPort">The port when none is given.</param>
    /// <param name="endPoint">
    /// An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; null when something is wrong.
    /// </param>
    /// <param name="error">The error and the remedy, without a full stop; null for none.</param>
    /// <returns>True when the text is valid.</returns>
    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out EndPoint? endPoint, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
            return TryParseUnix(text[UnixPrefix.Length..], out endPoint, out error);

        endPoint = null;
        if (!HostPort.TrySplit(text, out var host, out var port))
        {
            error = "its port is no number from 1 to 65535";
            return false;
        }

        if (NetworkAddress.IsInvalidOnion(host))
        {
            error = "it is no onion address of version 3: check that it was copied whole; those of version 2 (16 characters) no longer exist";
            return false;
        }

        if (IPAddress.TryParse(host, out var address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || IPv4Text.TryParse(host, out _)))
            endPoint = new IPEndPoint(address, port ?? defaultPort);
        else if (IsName(host))
            endPoint = new DnsEndPoint(host.ToString(), port ?? defaultPort);
        error = endPoint is null ? "it is no address: write IP:PORT, [IPv6]:PORT, NAME:PORT or unix:PATH, such as 127.0.0.1:9050" : null;
        return endPoint is not null;
    }

    /// <summary>Formats an endpoint in the form that <see cref="TryParse"/> reads.</summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <returns>The text; what the endpoint says of itself when it is of another kind.</returns>
    public static string Format(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return endPoint is UnixDomainSocketEndPoint ? $"{UnixPrefix}{endPoint}" : EndPointText.Format(endPoint);
    }

    private static bool TryParseUnix(string path, [NotNullWhen(true)] out EndPoint? endPoint, [NotNullWhen(false)] out string? error)
    {
        endPoint = null;
        error = path.Length == 0 ? "the path of its unix socket is empty: write unix:PATH, such as unix:/run/tor/socks" : null;
        if (error is null)
        {
            try
            {
                endPoint = new UnixDomainSocketEndPoint(path);
            }
            catch (ArgumentOutOfRangeException)
            {
                error = "the path of its unix socket is too long for the system (108 bytes on Linux): use a shorter one";
            }
            catch (PlatformNotSupportedException)
            {
                error = "this system has no unix sockets: use HOST:PORT";
            }
        }

        return error is null && endPoint is not null;
    }

    /// <summary>Letters, digits, hyphens and dots; and no number at its end, which would be an IPv4 address written badly.</summary>
    private static bool IsName(ReadOnlySpan<char> host)
    {
        var name = host.TrimEnd('.');
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (name.Length > 253 || last.IsEmpty || !char.IsAsciiLetter(last[0]))
            return false;
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.' or '_'))
                return false;
        }

        return true;
    }
}
