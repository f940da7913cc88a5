namespace Connmgr.Interop;

/// <summary>A stream that keeps all bytes that pass through it, in both directions.</summary>
internal sealed class RecordedStream(Stream inner) : Stream, IStreamEndPoints
{
    private readonly Lock _lock = new();
    private readonly MemoryStream _bytes = new();

    /// <summary>The bytes so far.</summary>
    public byte[] Bytes
    {
        get
        {
            lock (_lock)
                return _bytes.ToArray();
        }
    }

    public System.Net.EndPoint? LocalEndPoint => ((IStreamEndPoints)inner).LocalEndPoint;

    public System.Net.EndPoint? RemoteEndPoint => ((IStreamEndPoints)inner).RemoteEndPoint;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Keep(buffer.Span[..read]);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Keep(buffer.Span);
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
            _bytes.Write(bytes);
    }
}
