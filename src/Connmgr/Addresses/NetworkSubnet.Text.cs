using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

public readonly partial struct NetworkSubnet
{
    /// <summary>The length of the prefix ::ffff:0:0/96, which embeds IPv4 in IPv6.</summary>
    private const int MappedBits = IPv6Bits - IPv4Bits;

    /// <summary>Parses a range: see <see cref="TryParse(ReadOnlySpan{char}, out NetworkSubnet)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">The text is not a range; the message lists the valid forms.</exception>
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
    /// Parses an address alone, ADDRESS/LENGTH, or ADDRESS/NETMASK with a netmask of the same kind and without holes. Addresses are parsed by
    /// <see cref="NetworkAddress.TryParse(ReadOnlySpan{char}, out NetworkAddress)"/>. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="result">The range. Bits of the address after the prefix are cleared. ::ffff:a.b.c.d/96 and longer give IPv4.</param>
    /// <returns>
    /// False if the text is not a range. Also false for ::ffff:a.b.c.d with a length below 96, which some programs read as a range of IPv4
    /// addresses and others as one of IPv6 addresses.
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
    /// Formats the range as Bitcoin Core does: always with a length for IPv4 and IPv6, without one for Tor and I2P.
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
            return IPv4Text.TryParse(text, out var mask) && TryCountLeadingOnes((UInt128)mask << MappedBits, out length);
        return IPv6Text.TryParse(text, out var first, out var second) && TryCountLeadingOnes(new UInt128(first, second), out length);
    }

    /// <summary>Parses up to three digits without a sign or a leading zero.</summary>
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

    /// <summary>Counts the leading ones of a mask; false if a one follows a zero.</summary>
    private static bool TryCountLeadingOnes(UInt128 mask, out int length)
    {
        length = (int)UInt128.LeadingZeroCount(~mask);
        return (mask << length) == 0 || length == IPv6Bits;
    }
}
