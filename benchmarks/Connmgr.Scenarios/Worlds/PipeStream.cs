using System.IO.Pipelines;

namespace Connmgr.Scenarios;

/// <summary>One end of an in-memory duplex pipe, what net.Pipe is in Go. The other end is nobody's.</summary>
internal sealed class PipeStream : Stream
{
    private readonly Pipe _inward = new();
    private readonly Pipe _outward = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inward.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await _outward.Writer.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inward.Reader.Complete();
            _outward.Writer.Complete();
        }

        base.Dispose(disposing);
    }
}
