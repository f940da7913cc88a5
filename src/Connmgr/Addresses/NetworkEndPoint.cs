using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// An address and a port: what a peer is known by in an address book and in gossip. An immutable value, compared by value. To dial it,
/// and to give it to a manager, turn it into an <see cref="EndPoint"/> with <see cref="ToEndPoint"/>.
/// </summary>
[StructLayout(LayoutKind.Auto)]
[JsonConverter(typeof(TextJsonConverter))]
public readonly record struct NetworkEndPoint : ISpanParsable<NetworkEndPoint>
{
    /// <summary>The most bytes that <see cref="WriteKey"/> writes.</summary>
    internal const int MaxKeyLength = NetworkAddress.MaxLength + sizeof(ushort);

    /// <summary>Creates an endpoint.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port; 0 on I2P.</param>
    public NetworkEndPoint(NetworkAddress address, ushort port) => (Address, Port) = (address, port);

    /// <summary>The address.</summary>
    public NetworkAddress Address { get; internal init; }

    /// <summary>The port. I2P has none: it is 0 there, and 0 is no port to dial elsewhere.</summary>
    public ushort Port { get; internal init; }

    /// <summary>
    /// Reads an endpoint: see <see cref="TryParse(ReadOnlySpan{char}, ushort, out NetworkEndPoint)"/>. It must have a port, unless it is
    /// on I2P.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="FormatException">It is no endpoint.</exception>
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
    /// Reads ADDRESS:PORT, or ADDRESS alone when there is a default. IPv6 with a port needs brackets. The address is read by
    /// <see cref="NetworkAddress.TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="defaultPort">The port when the text has none. 0: the text must have one, unless it is on I2P.</param>
    /// <param name="result">The endpoint.</param>
    /// <returns>False when it is none. Port 0 is taken for I2P only.</returns>
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
    /// The endpoint that <see cref="ToEndPoint"/> made, or one like it: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> whose
    /// host is an IP address, an .onion or a .b32.i2p name, with a dot at its end or not.
    /// </summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <param name="result">Address and port. An IPv6 address stays one: see <see cref="NetworkAddress.ToCjdns"/>.</param>
    /// <returns>False for any other, a host name for one.</returns>
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

    /// <summary>
    /// The endpoint to dial: an <see cref="IPEndPoint"/> for IPv4, IPv6 and CJDNS (which is IPv6 to the system), a
    /// <see cref="DnsEndPoint"/> with the .onion or .b32.i2p name for Tor and I2P. A SOCKS5 proxy takes such names as they are; a dialler
    /// that does not go through one must not look them up.
    /// </summary>
    /// <returns>The endpoint; null for an internal address, which stands for nothing that can be dialled.</returns>
    public EndPoint? ToEndPoint() => Address.Network switch
    {
        AddressNetwork.TorV3 or AddressNetwork.I2P => new DnsEndPoint(Address.ToString(), Port),
        _ => Address.ToIPAddress() is { } ip ? new IPEndPoint(ip, Port) : null,
    };

    /// <summary>
    /// Writes the bytes that tell endpoints apart in Bitcoin Core's address manager, from which the place in its tables follows: the 16
    /// bytes of the addr message for IPv4, IPv6 and internal, else those of BIP155; then the port, big-endian.
    /// </summary>
    /// <param name="destination">Room for <see cref="MaxKeyLength"/> bytes.</param>
    /// <returns>The number of bytes written, 18 or 34.</returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    internal int WriteKey(Span<byte> destination)
    {
        if (destination.Length < MaxKeyLength)
            throw new ArgumentException($"A key takes up to {MaxKeyLength} bytes; there is room for {destination.Length}.", nameof(destination));
        var length = Address.WriteHashed(destination);
        BinaryPrimitives.WriteUInt16BigEndian(destination[length..], Port);
        return length + sizeof(ushort);
    }

    /// <summary>Address and port.</summary>
    /// <returns>For example <c>1.2.3.4:8333</c> or <c>[2001:db8::1]:8333</c>.</returns>
    public override string ToString() => Address.Network is AddressNetwork.IPv6 or AddressNetwork.Cjdns
        ? $"[{Address}]:{Port}"
        : $"{Address}:{Port}";
}
