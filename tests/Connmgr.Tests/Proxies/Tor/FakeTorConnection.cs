using System.Net;
using System.Text;
using System.Threading.Channels;

namespace Connmgr.Tests.Proxies;

/// <summary>Our end of a connection to a <see cref="FakeTor"/>: commands written are answered, in pieces of any size.</summary>
internal sealed class FakeTorConnection(Func<string, string> answer, Func<bool>? endsNow, Func<int>? pieceSize) : AsyncOnlyStream, IStreamEndPoints
{
    public EndPoint? LocalEndPoint { get; init; }

    public EndPoint? RemoteEndPoint { get; init; }

    private readonly Channel<byte[]> _sent = Channel.CreateUnbounded<byte[]>();
    private readonly StringBuilder _received = new();
    private ReadOnlyMemory<byte> _current;
    private int _disposeCount;

    public int DisposeCount => Volatile.Read(ref _disposeCount);

    /// <summary>Sends bytes that nobody asked for.</summary>
    public void Send(string text) => _sent.Writer.TryWrite(Encoding.Latin1.GetBytes(text));

    /// <summary>Ends the connection, as a Tor that ends does.</summary>
    public void End() => _sent.Writer.TryComplete();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_current.IsEmpty)
        {
            if (!await _sent.Reader.WaitToReadAsync(cancellationToken))
                return 0;
            if (_sent.Reader.TryRead(out var next))
                _current = next;
        }

        var length = Math.Min(Math.Min(buffer.Length, _current.Length), pieceSize?.Invoke() ?? int.MaxValue);
        _current[..length].CopyTo(buffer);
        _current = _current[length..];
        return length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _received.Append(Encoding.Latin1.GetString(buffer.Span));
        while (_received.ToString() is var text && text.IndexOf("\r\n", StringComparison.Ordinal) is var end and >= 0)
        {
            _received.Remove(0, end + 2);
            Send(answer(text[..end]));
            if (endsNow?.Invoke() == true)
                End();
        }

        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        Interlocked.Increment(ref _disposeCount);
        base.Dispose(disposing);
    }
}
