namespace Connmgr;

/// <summary>Base32 of RFC 4648 in lower case and without padding, the encoding of Tor and I2P names.</summary>
internal static class Base32
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Writes the digits and returns their number.</summary>
    public static int Encode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        var length = 0;
        var bits = 0;
        var held = 0;
        foreach (var value in bytes)
        {
            held = ((held << 8) | value) & 0xfff;
            for (bits += 8; bits >= 5; bits -= 5)
                text[length++] = Digits[(held >> (bits - 5)) & 31];
        }

        if (bits > 0)
            text[length++] = Digits[(held << (5 - bits)) & 31];
        return length;
    }

    /// <summary>
    /// Reads digits of either case; they must fill the destination exactly. Each value has one spelling: spare bits must be zero.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != ((bytes.Length * 8) + 4) / 5)
            return false;
        var length = 0;
        var bits = 0;
        var held = 0;
        foreach (var digit in text)
        {
            var value = GetValue(digit);
            if (value < 0)
                return false;
            held = ((held << 5) | value) & 0xfff;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            bytes[length++] = (byte)(held >> bits);
        }

        return (held & ((1 << bits) - 1)) == 0;
    }

    private static int GetValue(char digit) => digit switch
    {
        >= 'a' and <= 'z' => digit - 'a',
        >= 'A' and <= 'Z' => digit - 'A',
        >= '2' and <= '7' => digit - '2' + 26,
        _ => -1,
    };
}
