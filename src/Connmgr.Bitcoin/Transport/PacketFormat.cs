namespace Connmgr.Bitcoin;

/// <summary>The layout of a packet of BIP324: three bytes of length, a header byte, the contents, and the tag.</summary>
internal static class PacketFormat
{
    /// <summary>The length of the encrypted length, in bytes.</summary>
    public const int LengthSize = 3;

    /// <summary>The offset of the contents.</summary>
    public const int ContentsOffset = LengthSize + 1;

    /// <summary>The number of bytes that a packet has in addition to its contents.</summary>
    public const int Overhead = ContentsOffset + PacketCipher.TagSize;

    /// <summary>The bit of the header byte that makes a packet a decoy. The other bits are ignored.</summary>
    public const byte DecoyBit = 0x80;

    /// <summary>The length of an encoded public key, in bytes.</summary>
    public const int KeySize = 64;

    /// <summary>The most garbage, in bytes.</summary>
    public const int MaxGarbage = 4095;

    /// <summary>The length of the terminator after the garbage, in bytes.</summary>
    public const int TerminatorSize = 16;

    /// <summary>The greatest length of contents that three bytes can state.</summary>
    public const int MaxContents = (1 << 24) - 1;
}
