using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>Hashes a payload that is not kept as a whole, as it arrives. One payload at a time; not thread-safe.</summary>
internal sealed class PayloadDiscarder : IDisposable
{
    private IncrementalHash? _hash;

    /// <summary>True while a payload is arriving.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The number of bytes that are missing.</summary>
    public int Left { get; private set; }

    /// <summary>Begins a payload.</summary>
    /// <param name="kept">Its first part, which is kept elsewhere.</param>
    /// <param name="left">The length of the part that is not kept.</param>
    public void Begin(ReadOnlySpan<byte> kept, int left)
    {
        _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _hash.AppendData(kept);
        (IsActive, Left) = (true, left);
    }

    /// <summary>Takes bytes of the payload.</summary>
    /// <param name="bytes">The bytes that have arrived, perhaps beyond its end.</param>
    /// <returns>The number of bytes that belong to the payload.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(Left, bytes.Length);
        _hash!.AppendData(bytes[..taken]);
        Left -= taken;
        return taken;
    }

    /// <summary>Ends a payload that has arrived as a whole.</summary>
    /// <returns>Its checksum.</returns>
    public uint Finish()
    {
        IsActive = false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash!.GetHashAndReset(hash);
        return FrameFormat.ComputeChecksumOfHash(hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsActive = false;
        _hash?.Dispose();
        _hash = null;
    }
}
