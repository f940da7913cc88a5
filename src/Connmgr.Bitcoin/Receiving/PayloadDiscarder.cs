using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>Hashes a payload of which not all is kept, as it arrives. One at a time; not thread-safe.</summary>
internal sealed class PayloadDiscarder : IDisposable
{
    private IncrementalHash? _hash;

    /// <summary>Whether a payload is under way.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The bytes that have yet to come.</summary>
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
    /// <param name="bytes">What has come, perhaps beyond its end.</param>
    /// <returns>How many of them were the payload's.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(Left, bytes.Length);
        _hash!.AppendData(bytes[..taken]);
        Left -= taken;
        return taken;
    }

    /// <summary>Ends the payload, all of which has come.</summary>
    /// <returns>Its checksum.</returns>
    public uint Finish()
    {
        IsActive = false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash!.GetHashAndReset(hash);
        return FrameHeader.ComputeChecksumOfHash(hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsActive = false;
        _hash?.Dispose();
        _hash = null;
    }
}
