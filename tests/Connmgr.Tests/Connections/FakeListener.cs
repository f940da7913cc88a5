using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>A listener whose connections come when the test says so.</summary>
internal sealed class FakeListener : IConnectionListener
{
    private TaskCompletionSource<Stream>? _waiting;

    public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 8333);

    public int Accepts { get; private set; }

    public int Disposals { get; private set; }

    public bool IsWaiting => _waiting is { Task.IsCompleted: false };

    public List<FakeStream> Streams { get; } = [];

    /// <summary>Thrown at once by every accept while it is set.</summary>
    public Exception? Failure { get; set; }

    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        Accepts++;
        if (Failure is { } failure)
            throw failure;
        Assert.False(IsWaiting, "Two accepts at once.");
        var waiting = _waiting = new TaskCompletionSource<Stream>();
        await using var registration = cancellationToken.Register(() => waiting.TrySetCanceled(cancellationToken));
        return await waiting.Task;
    }

    public FakeStream? Connect(EndPoint? remoteEndPoint)
    {
        if (!IsWaiting)
            return null;
        var stream = new FakeStream(remoteEndPoint);
        Streams.Add(stream);
        _waiting!.TrySetResult(stream);
        return stream;
    }

    public void Fail() => _waiting?.TrySetException(new IOException("accept failed by the test"));

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }
}
