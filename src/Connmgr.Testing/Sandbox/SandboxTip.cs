using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Testing;

/// <summary>The end of the sandbox's block chain, which grows as time passes. There are no blocks, only their heights and hashes.</summary>
internal sealed class SandboxTip(TimeProvider time, TimeSpan interval, int seed)
{
    private const int FirstHeight = 900_000;

    private readonly long _start = time.GetTimestamp();

    public int Height => FirstHeight + (int)Math.Min(Elapsed / interval, int.MaxValue - FirstHeight);

    private TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Gets the time until a height is reached; zero if it is.</summary>
    public TimeSpan Until(int height)
    {
        var wait = (height - FirstHeight) * interval - Elapsed;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>Gets the hash of the block at a height, in wire order. Its last bytes are zero, as proof of work makes them.</summary>
    public void WriteHash(int height, Span<byte> destination)
    {
        Span<byte> source = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(source, seed);
        BinaryPrimitives.WriteInt32LittleEndian(source[sizeof(int)..], height);
        SHA256.HashData(source, destination);
        destination[24..32].Clear();
    }
}
