using System.IO.Pipelines;

namespace Connmgr.Scenarios;

/// <summary>One end of an in-memory duplex pipe, like Go's net.Pipe. Nothing uses the other end.</summary>
internal sealed class PipeStream : StubStream
{
    private readonly Pipe _inward = new();
    private readonly Pipe _outward = new();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inward.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);

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
