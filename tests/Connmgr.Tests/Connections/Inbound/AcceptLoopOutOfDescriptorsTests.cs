using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connmgr.Tests.Connections;

/// <summary>A manager that listens while this process has no file descriptor left: real sockets, the system's own errors, virtual pauses.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class AcceptLoopOutOfDescriptorsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listeners_OutOfDescriptors_AcceptsBackOffAndRecover()
    {
        var listener = new CountingListener(TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0)));
        using var log = new FakeLoggerProvider();
        using var loggers = new LoggerFactory([log]);
        var accepted = new List<Connection>();
        var harness = Listening(listener, loggers, accepted);

        // Loading an assembly takes a descriptor too: whatever is used on the way has been used once before.
        Listening(new FakeListener { Failure = new SocketException() }, loggers, []).Start().Stop();
        log.Collector.Clear();

        // These wait in the system's queue, so each accept has its answer at once: a connection or an error.
        await using var first = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);
        await using var second = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);

        using (new NoDescriptorsLeft())
        {
            harness.Start();
            Assert.Equal(1, listener.Calls);

            // After 50 ms, then twice as long each time, up to a second.
            var calls = 1;
            foreach (var pause in (int[])[50, 100, 200, 400, 800, 1000, 1000])
            {
                harness.Advance(TimeSpan.FromMilliseconds(pause - 10));
                Assert.Equal(calls, listener.Calls);
                harness.Advance(TimeSpan.FromMilliseconds(10));
                Assert.Equal(++calls, listener.Calls);
            }

            harness.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(calls + 20, listener.Calls);
            Assert.Equal(listener.Calls, listener.Errors.Count);
            Assert.All(listener.Errors, error => Assert.Equal(SocketError.TooManyOpenSockets, Assert.IsType<SocketException>(error).SocketErrorCode));
            Assert.Empty(accepted);
        }

        harness.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(
            [((IStreamEndPoints)first).LocalEndPoint, ((IStreamEndPoints)second).LocalEndPoint], accepted.Select(connection => connection.RemoteEndPoint));
        var line = Assert.Single(log.Collector.GetSnapshot(), line => line.Level >= LogLevel.Warning);
        Assert.Contains($"Accepting on {listener.LocalEndPoint} failed", line.Message, StringComparison.Ordinal);

        // The accept that waits for a third connection is cancelled by the system, on a thread of its own.
        var stop = harness.Manager.StopAsync(Cancellation);
        while (!stop.IsCompleted)
        {
            harness.Settle();
            await Task.Yield();
        }

        await stop;
    }

    private static ManagerHarness Listening(IConnectionListener listener, ILoggerFactory loggers, List<Connection> accepted) => new(options =>
    {
        options.GetNewAddress = null;
        options.LoggerFactory = loggers;
        options.Listeners.Add(listener);
        options.OnAccept = (connection, _) =>
        {
            accepted.Add(connection);
            return connection.Closed;
        };
    });

    private sealed class CountingListener(TcpConnectionListener inner) : IConnectionListener
    {
        public int Calls { get; private set; }

        public List<Exception> Errors { get; } = [];

        public EndPoint LocalEndPoint => inner.LocalEndPoint;

        public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
        {
            Calls++;
            try
            {
                return await inner.AcceptAsync(cancellationToken);
            }
            catch (SocketException exception)
            {
                Errors.Add(exception);
                throw;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
