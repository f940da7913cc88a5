using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>A listener whose peers the test makes connect.</summary>
internal sealed class FakeListener : IConnectionListener
{
    private readonly Queue<Stream> _backlog = new();
    private TaskCompletionSource<Stream>? _accept;
    private int _nextPort = 10001;

    public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 8333);

    public ListenerProfile Profile { get; init; } = ListenerProfile.Default;

    public int Calls { get; private set; }

    public int Disposals { get; private set; }

    public List<FakeStream> Streams { get; } = [];

    /// <summary>When set, every accept throws it.</summary>
    public Exception? Failure { get; set; }

    /// <summary>A peer connects. It waits in the backlog until the manager accepts.</summary>
    public FakeStream Connect(EndPoint? remote = null)
    {
        var stream = new FakeStream(remote ?? new IPEndPoint(IPAddress.Loopback, _nextPort++));
        Streams.Add(stream);
        Offer(stream);
        return stream;
    }

    public void Offer(Stream stream)
    {
        if (Interlocked.Exchange(ref _accept, null) is not { } accept || !accept.TrySetResult(stream))
            _backlog.Enqueue(stream);
    }

    /// <summary>Whether the manager waits for the next peer.</summary>
    public bool IsWaiting => _accept is { Task.IsCompleted: false };

    /// <summary>The accept under way fails.</summary>
    public void Fail() => _accept?.TrySetException(new IOException("accept failed by the test"));

    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(0, Disposals);
        Calls++;
        if (Failure is { } failure)
            throw failure;
        if (_backlog.TryDequeue(out var stream))
            return stream;
        var accept = _accept = new TaskCompletionSource<Stream>();
        await using var registration = cancellationToken.Register(() => accept.TrySetCanceled(cancellationToken));
        return await accept.Task;
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return default;
    }
}
