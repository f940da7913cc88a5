using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>A stream that does nothing but count its disposals.</summary>
internal sealed class FakeStream(EndPoint? remoteEndPoint = null) : AsyncOnlyStream, IStreamEndPoints
{
    private int _disposals;

    public int Disposals => _disposals;

    public bool ThrowsOnDispose { get; init; }

    public EndPoint? LocalEndPoint => null;

    public EndPoint? RemoteEndPoint => remoteEndPoint;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

    protected override void Dispose(bool disposing)
    {
        Interlocked.Increment(ref _disposals);
        base.Dispose(disposing);
        if (ThrowsOnDispose)
            throw new IOException("dispose failed");
    }
}
