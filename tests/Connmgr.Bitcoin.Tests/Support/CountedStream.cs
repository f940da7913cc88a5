namespace Connmgr.Bitcoin.Tests;

/// <summary>Counts the bytes that pass, for all streams that share its counts.</summary>
internal sealed class CountedStream(Stream inner, CountedStream.Counts counts) : AsyncOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref counts.Read, read);
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken);
        Interlocked.Add(ref counts.Written, buffer.Length);
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    internal sealed class Counts
    {
        public long Read;
        public long Written;
    }
}
