namespace Connmgr;

/// <summary>
/// The text of addresses that are not IP addresses: .onion and .b32.i2p names with their digits and checksum, and the names of internal
/// addresses.
/// </summary>
internal static class OverlayText
{
    public const string OnionSuffix = ".onion";
    public const string I2PSuffix = ".b32.i2p";
    public const string InternalSuffix = ".internal";
    public const int OnionDigits = 56;
    public const int I2PDigits = 52;
    public const int OnionLength = 35;
    public const byte OnionVersion = 3;

    public static bool TryParseOnion(ReadOnlySpan<char> digits, out NetworkAddress result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[OnionLength];
        if (digits.Length != OnionDigits || !Base32.TryDecode(digits, bytes) || bytes[^1] != OnionVersion)
            return false;
        Span<byte> checksum = stackalloc byte[2];
        WriteOnionChecksum(bytes[..32], checksum);
        if (!checksum.SequenceEqual(bytes[32..34]))
            return false;
        result = NetworkAddress.From32(AddressNetwork.TorV3, bytes);
        return true;
    }

    public static bool TryParseI2P(ReadOnlySpan<char> digits, out NetworkAddress result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[32];
        if (digits.Length != I2PDigits || !Base32.TryDecode(digits, bytes))
            return false;
        result = NetworkAddress.From32(AddressNetwork.I2P, bytes);
        return true;
    }

    /// <summary>Writes the first two bytes of SHA3-256 of ".onion checksum", the public key and the version (Tor's rend-spec-v3).</summary>
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

    public static int FormatOnion(in NetworkAddress address, Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[OnionLength];
        address.Write32(bytes);
        WriteOnionChecksum(bytes[..32], bytes[32..34]);
        bytes[^1] = OnionVersion;
        return FormatBase32(bytes, OnionSuffix, text);
    }

    public static int FormatI2P(in NetworkAddress address, Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[32];
        address.Write32(bytes);
        return FormatBase32(bytes, I2PSuffix, text);
    }

    public static int FormatInternal(in NetworkAddress address, Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.Write16(bytes);
        return FormatBase32(bytes[6..], InternalSuffix, text);
    }

    private static int FormatBase32(ReadOnlySpan<byte> bytes, string suffix, Span<char> text)
    {
        var digits = Base32.Encode(bytes, text);
        suffix.CopyTo(text[digits..]);
        return digits + suffix.Length;
    }

    /// <summary>Describes in a sentence why a text is not an address.</summary>
    public static string DescribeError(ReadOnlySpan<char> text)
    {
        var shown = Excerpt.Create(text);
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
