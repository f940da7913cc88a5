using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

public readonly partial struct NetworkAddress
{

    /// <summary>The maximum length of an address's text, in characters.</summary>
    internal const int MaxTextLength = OverlayText.OnionDigits + 6;

    /// <summary>Parses an address: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is not an address; the message describes the error.</exception>
    public static NetworkAddress Parse(ReadOnlySpan<char> s) =>
        TryParse(s, out var address) ? address : throw new FormatException(OverlayText.DescribeError(s));

    /// <inheritdoc/>
    static NetworkAddress ISpanParsable<NetworkAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static NetworkAddress IParsable<NetworkAddress>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan());
    }

    /// <summary>
    /// Parses an address: IPv4 as four decimal numbers (not octal, hexadecimal or shortened, because programs read those differently), IPv6
    /// without brackets or scope, a version 3 .onion name with a valid checksum, or a .b32.i2p name. Letters of either case. Does not look
    /// up names. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="result">
    /// The address. ::ffff:a.b.c.d gives IPv4; fc00::/8 gives IPv6, which <see cref="ToCjdns"/> converts to CJDNS.
    /// </param>
    /// <returns>
    /// False if the text is not an address. Also false for the ranges that do not mean IPv6: internal (fd6b:88c0:8724::/48) and Tor v2
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
    /// Formats the address in its usual notation: 1.2.3.4, IPv6 by RFC 5952 without an IPv4 part (2001:db8::1), an .onion name, a .b32.i2p
    /// name. An internal address ends in .internal and cannot be parsed.
    /// </summary>
    /// <returns>The text, at most 62 characters.</returns>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        return new string(text[..Format(text)]);
    }

    /// <inheritdoc/>
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Formats the address without allocating.</summary>
    /// <param name="destination">The buffer; 62 characters suffice for any address.</param>
    /// <param name="charsWritten">The length of the text.</param>
    /// <param name="format">Not used.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>False if the buffer is too short.</returns>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<char> text = stackalloc char[MaxTextLength];
        var length = Format(text);
        var fits = text[..length].TryCopyTo(destination);
        charsWritten = fits ? length : 0;
        return fits;
    }

    /// <summary>
    /// Determines whether a host name ends in .onion without being the address of an onion service. Version 2 names (16 characters) no
    /// longer exist, and a wrong checksum means that the name was not copied completely. Nothing can reach such a name, and it must not be
    /// looked up. Never throws, allocates nothing.
    /// </summary>
    /// <param name="host">A host name in any case, with or without a dot at its end.</param>
    /// <returns>True if it is such a name.</returns>
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
