namespace Connmgr.Tool.Tests;

/// <summary>Gives its bytes in chunks of the given sizes, over and over.</summary>
internal sealed class ChunkedStream(byte[] bytes, int[] chunks) : MemoryStream(bytes)
{
    private int _reads;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var size = chunks[_reads++ % chunks.Length];
        return await base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
