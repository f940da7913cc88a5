using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Connmgr;

public readonly partial struct NetworkAddress
{
    private const string OnionSuffix = ".onion";
    private const string I2PSuffix = ".b32.i2p";
    private const string InternalSuffix = ".internal";
    private const int OnionDigits = 56;
    private const int I2PDigits = 52;
    private const int OnionLength = 35;
    private const byte OnionVersion = 3;

    /// <summary>The longest text of an address, in characters.</summary>
    internal const int MaxTextLength = OnionDigits + 6;

    /// <summary>Reads an address: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It is no address; the message says what was wrong.</exception>
    public static NetworkAddress Parse(ReadOnlySpan<char> s) =>
        TryParse(s, out var address) ? address : throw new FormatException(Complaint(s));

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
        if (s.EndsWith(OnionSuffix, StringComparison.OrdinalIgnoreCase))
            return TryParseOnion(s[..^OnionSuffix.Length], out result);
        if (s.EndsWith(I2PSuffix, StringComparison.OrdinalIgnoreCase))
            return TryParseI2P(s[..^I2PSuffix.Length], out result);
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

    /// <summary>Reads an address: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The address.</param>
    /// <returns>False when it is no address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NetworkAddress result) =>
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
        return name.EndsWith(OnionSuffix, StringComparison.OrdinalIgnoreCase) && !TryParse(name, out _);
    }

    private static bool TryParseOnion(ReadOnlySpan<char> digits, out NetworkAddress result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[OnionLength];
        if (digits.Length != OnionDigits || !Base32.TryDecode(digits, bytes) || bytes[^1] != OnionVersion)
            return false;
        Span<byte> checksum = stackalloc byte[2];
        WriteOnionChecksum(bytes[..32], checksum);
        if (!checksum.SequenceEqual(bytes[32..34]))
            return false;
        result = From32(AddressNetwork.TorV3, bytes);
        return true;
    }

    private static bool TryParseI2P(ReadOnlySpan<char> digits, out NetworkAddress result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[32];
        if (digits.Length != I2PDigits || !Base32.TryDecode(digits, bytes))
            return false;
        result = From32(AddressNetwork.I2P, bytes);
        return true;
    }

    /// <summary>The first two bytes of SHA3-256 of ".onion checksum", the public key and the version (Tor's rend-spec-v3).</summary>
    private static void WriteOnionChecksum(ReadOnlySpan<byte> publicKey, Span<byte> checksum)
    {
        Span<byte> input = stackalloc byte[15 + 32 + 1];
        ".onion checksum"u8.CopyTo(input);
        publicKey.CopyTo(input[15..]);
        input[^1] = OnionVersion;
        Span<byte> hash = stackalloc byte[Sha3.HashLength];
        Sha3.Hash256(input, hash);
        hash[..2].CopyTo(checksum);
    }

    private int Format(Span<char> text) => Network switch
    {
        AddressNetwork.IPv4 => IPv4Text.Format(IPv4Bits, text),
        AddressNetwork.IPv6 or AddressNetwork.Cjdns => IPv6Text.Format(_first, _second, text),
        AddressNetwork.TorV3 => FormatOnion(text),
        AddressNetwork.I2P => FormatI2P(text),
        _ => FormatInternal(text),
    };

    private int FormatOnion(Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[OnionLength];
        Write32(bytes);
        WriteOnionChecksum(bytes[..32], bytes[32..34]);
        bytes[^1] = OnionVersion;
        return FormatBase32(bytes, OnionSuffix, text);
    }

    private int FormatI2P(Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[32];
        Write32(bytes);
        return FormatBase32(bytes, I2PSuffix, text);
    }

    private int FormatInternal(Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        Write16(bytes);
        return FormatBase32(bytes[6..], InternalSuffix, text);
    }

    private static int FormatBase32(ReadOnlySpan<byte> bytes, string suffix, Span<char> text)
    {
        var digits = Base32.Encode(bytes, text);
        suffix.CopyTo(text[digits..]);
        return digits + suffix.Length;
    }

    /// <summary>Why a text is no address, as a sentence.</summary>
    internal static string Complaint(ReadOnlySpan<char> text)
    {
        var shown = text.Length <= 80 ? text.ToString() : string.Create(CultureInfo.InvariantCulture, $"{text[..80]}...");
        if (text.TrimEnd('.').EndsWith(OnionSuffix, StringComparison.OrdinalIgnoreCase))
        {
            return $"'{shown}' is not a version 3 onion address: {OnionDigits} characters of a-z and 2-7 with a right checksum go before "
                + ".onion. Check that it was copied whole; version 2 addresses (16 characters) no longer exist.";
        }

        if (text.EndsWith(I2PSuffix, StringComparison.OrdinalIgnoreCase))
            return $"'{shown}' is not an I2P address that can be used: {I2PDigits} characters of a-z and 2-7 go before .b32.i2p.";
        return $"'{shown}' is not an address: give IPv4 (1.2.3.4), IPv6 without brackets (2001:db8::1), a .onion or a .b32.i2p name.";
    }
}
