using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// An address and a port, which identify a peer in an address book and in gossip. An immutable value, compared by value. To dial it or to
/// pass it to a manager, convert it to an <see cref="EndPoint"/> with <see cref="ToEndPoint"/>.
/// </summary>
[StructLayout(LayoutKind.Auto)]
[JsonConverter(typeof(TextJsonConverter))]
public readonly record struct NetworkEndPoint : ISpanParsable<NetworkEndPoint>
{
    /// <summary>The maximum number of bytes that <see cref="WriteKey"/> writes.</summary>
    internal const int MaxKeyLength = NetworkAddress.MaxLength + sizeof(ushort);

    /// <summary>Creates an endpoint.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port; 0 for I2P.</param>
    public NetworkEndPoint(NetworkAddress address, ushort port) => (Address, Port) = (address, port);

    /// <summary>The address.</summary>
    public NetworkAddress Address { get; internal init; }

    /// <summary>The port. Always 0 for I2P, which has no ports; on other networks 0 cannot be dialled.</summary>
    public ushort Port { get; internal init; }

    /// <summary>
    /// Parses an endpoint: see <see cref="TryParse(ReadOnlySpan{char}, ushort, out NetworkEndPoint)"/>. The text must contain a port,
    /// except for I2P.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="FormatException">The text is not an endpoint.</exception>
    public static NetworkEndPoint Parse(ReadOnlySpan<char> s)
    {
        if (TryParse(s, 0, out var result))
            return result;
        var shown = Excerpt.Create(s);
        throw new FormatException(
            $"'{shown}' is not an address with a port: write 1.2.3.4:8333, [2001:db8::1]:8333, NAME.onion:8333 or NAME.b32.i2p:0, "
            + "with a port of 1 to 65535 (I2P: 0).");
    }

    /// <inheritdoc/>
    static NetworkEndPoint ISpanParsable<NetworkEndPoint>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static NetworkEndPoint IParsable<NetworkEndPoint>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan());
    }

    /// <summary>
    /// Parses ADDRESS:PORT, or ADDRESS alone if there is a default port. IPv6 with a port needs brackets. The address is parsed by
    /// <see cref="NetworkAddress.TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="defaultPort">The port if the text has none. 0: the text must have one, except for I2P.</param>
    /// <param name="result">The endpoint.</param>
    /// <returns>False if the text is not an endpoint. Port 0 is accepted for I2P only.</returns>
    public static bool TryParse(ReadOnlySpan<char> s, ushort defaultPort, out NetworkEndPoint result)
    {
        result = default;
        var split = HostPort.TrySplit(s, out var host, out var port);
        if (!NetworkAddress.TryParse(host, out var address) || (!split && port is null))
            return false;
        var isI2P = address.Network == AddressNetwork.I2P;
        var chosen = port ?? (isI2P ? (ushort)0 : defaultPort);
        if (chosen == 0 && !isI2P)
            return false;
        result = new(address, chosen);
        return true;
    }

    /// <inheritdoc/>
    static bool ISpanParsable<NetworkEndPoint>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetworkEndPoint result) => TryParse(s, 0, out result);

    /// <inheritdoc/>
    static bool IParsable<NetworkEndPoint>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NetworkEndPoint result) =>
        TryParse(s.AsSpan(), 0, out result);

    /// <summary>
    /// Converts an endpoint that <see cref="ToEndPoint"/> created, or a similar one: an <see cref="IPEndPoint"/>, or a
    /// <see cref="DnsEndPoint"/> whose host is an IP address, an .onion or a .b32.i2p name, with or without a dot at its end.
    /// </summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <param name="result">Address and port. An IPv6 address remains one: see <see cref="NetworkAddress.ToCjdns"/>.</param>
    /// <returns>False for any other endpoint, such as one with a host name.</returns>
    public static bool TryFromEndPoint(EndPoint? endPoint, out NetworkEndPoint result)
    {
        result = default;
        switch (endPoint)
        {
            case IPEndPoint ip:
                result = new(NetworkAddress.FromIPAddress(ip.Address), (ushort)ip.Port);
                return true;
            case DnsEndPoint dns when NetworkAddress.TryParse(OverlayName.IsOverlay(dns.Host) ? dns.Host.AsSpan().TrimEnd('.') : dns.Host, out var address):
                result = new(address, (ushort)dns.Port);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Converts an IPv6 address in fc00::/8 as <see cref="NetworkAddress.ToCjdns"/> does, and keeps the port.</summary>
    internal NetworkEndPoint ToCjdns() => this with { Address = Address.ToCjdns() };

    /// <summary>Parses an address with or without a port. Without one, it is 0, and the brackets of IPv6 are optional.</summary>
    internal static bool TryParseWithOptionalPort(ReadOnlySpan<char> text, out NetworkEndPoint result)
    {
        if (!NetworkAddress.TryParse(text is ['[', .. var inBrackets, ']'] ? inBrackets : text, out var address))
            return TryParse(text, defaultPort: 0, out result);
        result = new(address, 0);
        return true;
    }

    /// <summary>
    /// Converts to the endpoint to dial: an <see cref="IPEndPoint"/> for IPv4, IPv6 and CJDNS (which is IPv6 to the system), a
    /// <see cref="DnsEndPoint"/> with the .onion or .b32.i2p name for Tor and I2P. A SOCKS5 proxy accepts such names unchanged; a dialler
    /// without a proxy must not look them up.
    /// </summary>
    /// <returns>The endpoint; null for an internal address, which cannot be dialled.</returns>
    public EndPoint? ToEndPoint() => Address.Network switch
    {
        AddressNetwork.TorV3 or AddressNetwork.I2P => new DnsEndPoint(Address.ToString(), Port),
        _ => Address.ToIPAddress() is { } ip ? new IPEndPoint(ip, Port) : null,
    };

    /// <summary>
    /// Writes the bytes that identify the endpoint in Bitcoin Core's address manager and determine its place in the tables: the 16 bytes of
    /// the addr message for IPv4, IPv6 and internal, else those of BIP155; then the port, big-endian.
    /// </summary>
    /// <param name="destination">A buffer of at least <see cref="MaxKeyLength"/> bytes.</param>
    /// <returns>The number of bytes written, 18 or 34.</returns>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    internal int WriteKey(Span<byte> destination)
    {
        if (destination.Length < MaxKeyLength)
            throw new ArgumentException($"A key takes up to {MaxKeyLength} bytes; there is room for {destination.Length}.", nameof(destination));
        var length = Address.WriteHashed(destination);
        BinaryPrimitives.WriteUInt16BigEndian(destination[length..], Port);
        return length + sizeof(ushort);
    }

    /// <summary>Formats address and port.</summary>
    /// <returns>For example <c>1.2.3.4:8333</c> or <c>[2001:db8::1]:8333</c>.</returns>
    public override string ToString() => Address.Network is AddressNetwork.IPv6 or AddressNetwork.Cjdns
        ? $"[{Address}]:{Port}"
        : $"{Address}:{Port}";
}
