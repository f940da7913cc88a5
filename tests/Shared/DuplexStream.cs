using System.IO.Pipelines;

namespace Connmgr;

/// <summary>One end of a connection in memory. Disposing an end closes its direction, as a socket does.</summary>
internal sealed class DuplexStream : AsyncOnlyStream
{
    private readonly Stream _incoming;
    private readonly PipeWriter _outgoing;

    private DuplexStream(PipeReader incoming, PipeWriter outgoing) => (_incoming, _outgoing) = (incoming.AsStream(), outgoing);

    public static (DuplexStream Dialer, DuplexStream Listener) Pair()
    {
        var there = new Pipe();
        var back = new Pipe();
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _incoming.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await _outgoing.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _outgoing.Complete();
        base.Dispose(disposing);
    }
}
