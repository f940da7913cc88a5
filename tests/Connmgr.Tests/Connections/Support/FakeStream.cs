using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>A stream that does nothing but count how often it was disposed.</summary>
internal sealed class FakeStream(EndPoint? remoteEndPoint = null) : Stream, IStreamEndPoints
{
    private int _disposals;

    public int Disposals => _disposals;

    public bool ThrowsOnDispose { get; init; }

    public EndPoint? LocalEndPoint => null;

    public EndPoint? RemoteEndPoint => remoteEndPoint;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => 0;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    protected override void Dispose(bool disposing)
    {
        Interlocked.Increment(ref _disposals);
        base.Dispose(disposing);
        if (ThrowsOnDispose)
            throw new IOException("dispose failed");
    }
}
