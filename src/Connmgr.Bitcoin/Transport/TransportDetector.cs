namespace Connmgr.Bitcoin;

/// <summary>Recognizes the transport of an inbound peer by its first bytes, as Bitcoin Core does. Pure.</summary>
internal static class TransportDetector
{
    /// <summary>The number of bytes that decide: the magic and the command of the version message.</summary>
    public const int Size = sizeof(uint) + MessageCommand.Size;

    /// <summary>Recognizes the transport.</summary>
    /// <param name="bytes">The bytes that have arrived so far.</param>
    /// <param name="magic">The four bytes of the chain's magic.</param>
    /// <returns>The transport; undecided while the bytes may be the start of a version message.</returns>
    public static FirstTransport Detect(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        Span<byte> version = stackalloc byte[Size];
        magic.CopyTo(version);
        MessageCommand.Version.Write(version[sizeof(uint)..]);
        var first = bytes[..Math.Min(bytes.Length, Size)];
        if (version.StartsWith(first))
            return first.Length == Size ? FirstTransport.V1 : FirstTransport.Undecided;
        return first.Length == Size && first[sizeof(uint)..].SequenceEqual(version[sizeof(uint)..]) ? FirstTransport.OtherChain : FirstTransport.V2;
    }
}

/// <summary>The transports that the first bytes of an inbound peer may begin.</summary>
internal enum FirstTransport
{
    /// <summary>Fewer bytes than necessary, all of which fit v1.</summary>
    Undecided,

    /// <summary>The version message of the v1 transport.</summary>
    V1,

    /// <summary>Anything else: the key of the v2 transport.</summary>
    V2,

    /// <summary>The version message of the v1 transport on another chain.</summary>
    OtherChain,
}
