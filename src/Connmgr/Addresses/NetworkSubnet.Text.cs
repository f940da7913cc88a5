using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

public readonly partial struct NetworkSubnet
{
    /// <summary>The bits of ::ffff:0:0/96, in which IPv6 writes IPv4.</summary>
    private const int MappedBits = IPv6Bits - IPv4Bits;

    /// <summary>Reads a range: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkSubnet)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public static NetworkSubnet Parse(ReadOnlySpan<char> s)
    {
        if (TryParse(s, out var result))
            return result;
        var shown = Excerpt.Create(s);
        throw new FormatException(
            $"'{shown}' is not an address or a subnet: write an address (1.2.3.4, 2001:db8::1, NAME.onion, NAME.b32.i2p), "
            + "a prefix (1.2.3.0/24, 2001:db8::/32) or a netmask without holes (1.2.3.0/255.255.255.0); Tor, I2P and CJDNS have single addresses only.");
    }

    /// <inheritdoc/>
    static NetworkSubnet ISpanParsable<NetworkSubnet>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static NetworkSubnet IParsable<NetworkSubnet>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan());
    }

    /// <summary>
    /// Reads an address alone, or ADDRESS/LENGTH, or ADDRESS/NETMASK with a netmask of the same kind and without holes. Addresses are read
    /// as <see cref="NetworkAddress.TryParse(ReadOnlySpan{char}, out NetworkAddress)"/> does. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="result">The range. Bits of the address behind the prefix are cleared. ::ffff:a.b.c.d/96 and longer give IPv4.</param>
    /// <returns>
    /// False when it is no range. So is ::ffff:a.b.c.d with a length under 96, of which one program makes a range of IPv4 addresses,
    /// another one of IPv6.
    /// </returns>
    public static bool TryParse(ReadOnlySpan<char> s, out NetworkSubnet result)
    {
        result = default;
        var slash = s.IndexOf('/');
        if (!NetworkAddress.TryParse(slash < 0 ? s : s[..slash], out var address))
            return false;
        if (slash < 0)
            return TryCreate(address, GetBits(address), out result);
        var isMapped = address.Network == AddressNetwork.IPv4 && s[..slash].Contains(':');
        return TryParseLength(s[(slash + 1)..], isMapped ? AddressNetwork.IPv6 : address.Network, out var length)
            && TryCreate(address, isMapped ? length - MappedBits : length, out result);
    }

    /// <inheritdoc/>
    static bool ISpanParsable<NetworkSubnet>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NetworkSubnet result) => TryParse(s, out result);

    /// <inheritdoc/>
    static bool IParsable<NetworkSubnet>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NetworkSubnet result) => TryParse(s.AsSpan(), out result);

    /// <summary>
    /// The range as Bitcoin Core writes it: always with a length for IPv4 and IPv6, without one for Tor and I2P.
    /// </summary>
    /// <returns>For example <c>1.2.3.0/24</c>, <c>1.2.3.4/32</c> or an .onion name; <c>none</c> for the default value.</returns>
    public override string ToString() => PrefixLength switch
    {
        < 0 => "none",
        NameBits => _address.ToString(),
        var length => $"{_address}/{length}",
    };

    private static bool TryParseLength(ReadOnlySpan<char> text, AddressNetwork network, out int length)
    {
        if (network is not (AddressNetwork.IPv4 or AddressNetwork.IPv6))
        {
            length = -1;
            return false;
        }

        if (TryParseNumber(text, out length))
            return true;
        if (network == AddressNetwork.IPv4)
            return IPv4Text.TryParse(text, out var mask) && TryCount((UInt128)mask << MappedBits, out length);
        return IPv6Text.TryParse(text, out var first, out var second) && TryCount(new UInt128(first, second), out length);
    }

    /// <summary>Up to three digits; no sign, no leading zero.</summary>
    private static bool TryParseNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > 3 || (text.Length > 1 && text[0] == '0'))
            return false;
        foreach (var character in text)
        {
            if (!char.IsAsciiDigit(character))
                return false;
            number = (number * 10) + (character - '0');
        }

        return true;
    }

    /// <summary>The number of ones of a mask that has no zero before them.</summary>
    private static bool TryCount(UInt128 mask, out int length)
    {
        length = (int)UInt128.LeadingZeroCount(~mask);
        return (mask << length) == 0 || length == IPv6Bits;
    }
}
