using System.Net;

namespace Connmgr.Tests.Proxies;

/// <summary>
/// The proxy's end of a connection in memory: gives the bytes of a script in pieces of any size, keeps what is written, and after the
/// script either ends or stays silent. It may ignore cancellation, as a bad stream does.
/// </summary>
internal sealed class ScriptedProxy(
    byte[] script,
    Func<int>? pieceSize = null,
    bool silentAtEnd = false,
    bool ignoresTokens = false) : AsyncOnlyStream
{
    private readonly List<byte> _written = [];
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _position;

    public byte[] Written => [.. _written];

    public int Consumed => _position;

    public int DisposeCount { get; private set; }

    public Task Disposed => _disposed.Task;

    public ValueTask<Stream> ConnectAsync(EndPoint proxy, CancellationToken cancellationToken) => new(this);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (ignoresTokens)
            cancellationToken = CancellationToken.None;
        cancellationToken.ThrowIfCancellationRequested();
        if (_position == script.Length && silentAtEnd)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

        var length = Math.Min(Math.Min(buffer.Length, script.Length - _position), pieceSize?.Invoke() ?? int.MaxValue);
        script.AsMemory(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _written.AddRange(buffer.Span);
        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        DisposeCount++;
        _disposed.TrySetResult();
        base.Dispose(disposing);
    }
}
