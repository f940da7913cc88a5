using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

public readonly partial struct NetworkAddress
{

    /// <summary>The longest text of an address, in characters.</summary>
    internal const int MaxTextLength = OverlayText.OnionDigits + 6;

    /// <summary>Reads an address: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is no address; the message says what was wrong.</exception>
    public static NetworkAddress Parse(ReadOnlySpan<char> s) =>
        TryParse(s, out var address) ? address : throw new FormatException(OverlayText.Complain(s));

    /// <inheritdoc/>
    static NetworkAddress ISpanParsable<NetworkAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static NetworkAddress IParsable<NetworkAddress>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan());
    }

    /// <summary>
    /// Reads an address: IPv4 as four decimal numbers (no octal, hexadecimal or shortened ones, which programs read differently), IPv6
    /// without brackets or scope, a version 3 .onion name with a right checksum, or a .b32.i2p name. Letters of either case. Names are not
    /// looked up. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="result">
    /// The address. ::ffff:a.b.c.d gives IPv4; fc00::/8 gives IPv6, of which <see cref="ToCjdns"/> makes CJDNS.
    /// </param>
    /// <returns>
    /// False when it is no address. So are the ranges that stand for something that is not IPv6: internal (fd6b:88c0:8724::/48) and Tor v2
    /// (fd87:d87e:eb43::/48).
    /// </returns>
    public static bool TryParse(ReadOnlySpan<char> s, out NetworkAddress result)
    {
        result = default;
        if (s.Length > MaxTextLength)
            return false;
        if (s.EndsWith(OverlayText.OnionSuffix, StringComparison.OrdinalIgnoreCase))
            return OverlayText.TryParseOnion(s[..^OverlayText.OnionSuffix.Length], out result);
        if (s.EndsWith(OverlayText.I2PSuffix, StringComparison.OrdinalIgnoreCase))
            return OverlayText.TryParseI2P(s[..^OverlayText.I2PSuffix.Length], out result);
        if (IPv4Text.TryParse(s, out var ipv4))
        {
            result = FromIPv4(ipv4);
            return true;
        }

        if (!IPv6Text.TryParse(s, out var first, out var second) || first >> 16 is InternalPrefix or OnionCatPrefix)
            return false;
        result = From16(first, second);
        return true;
    }

    /// <inheritdoc/>
    static bool ISpanParsable<NetworkAddress>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetworkAddress result) => TryParse(s, out result);

    /// <inheritdoc/>
    static bool IParsable<NetworkAddress>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NetworkAddress result) =>
        TryParse(s.AsSpan(), out result);

    /// <summary>
    /// The address as people write it: 1.2.3.4, IPv6 by RFC 5952 without an IPv4 part (2001:db8::1), an .onion name, a .b32.i2p name. An
    /// internal address ends in .internal and cannot be read back.
    /// </summary>
    /// <returns>The text, at most 62 characters.</returns>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        return new string(text[..Format(text)]);
    }

    /// <inheritdoc/>
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text of the address without allocating.</summary>
    /// <param name="destination">Room for the text; 62 characters suffice for any address.</param>
    /// <param name="charsWritten">The length of the text.</param>
    /// <param name="format">Not used.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>False when there is too little room.</returns>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<char> text = stackalloc char[MaxTextLength];
        var length = Format(text);
        var fits = text[..length].TryCopyTo(destination);
        charsWritten = fits ? length : 0;
        return fits;
    }

    /// <summary>
    /// Tells whether a host name ends in .onion without being the address of an onion service: those of version 2 (16 characters) no longer
    /// exist, and a wrong checksum means that it was not copied whole. Nothing can reach such a name, and it must not be looked up. Never
    /// throws, allocates nothing.
    /// </summary>
    /// <param name="host">A host name, with a dot at its end or not, in any case.</param>
    /// <returns>True when it is such a name; false for all others.</returns>
    internal static bool IsInvalidOnion(ReadOnlySpan<char> host)
    {
        var name = host.TrimEnd('.');
        return name.EndsWith(OverlayText.OnionSuffix, StringComparison.OrdinalIgnoreCase) && !TryParse(name, out _);
    }

    private int Format(Span<char> text) => Network switch
    {
        AddressNetwork.IPv4 => IPv4Text.Format(IPv4Bits, text),
        AddressNetwork.IPv6 or AddressNetwork.Cjdns => IPv6Text.Format(_first, _second, text),
        AddressNetwork.TorV3 => OverlayText.FormatOnion(this, text),
        AddressNetwork.I2P => OverlayText.FormatI2P(this, text),
        _ => OverlayText.FormatInternal(this, text),
    };
}
