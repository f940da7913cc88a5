using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>The same invariants with real threads and the real clock: nothing here replays, but data races show.</summary>
public class StressTests
{
    private const int Threads = 4;
    private const int CallsPerThread = 5_000;

    // On a busy machine dials time out, so that many calls may make few connections: then there are more calls.
    private const int LeastConnections = 1000;
    private const int MostCallsPerThread = 100 * CallsPerThread;

    private readonly ConcurrentBag<FakeStream> _streams = [];
    private readonly ConcurrentDictionary<Connection, int> _calls = [];
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly FakeListener _listener = new();
    private readonly Random _random = new(1);
    private readonly Lock _randomLock = new();
    private int _established;
    private int _fresh;

    [Fact]
    public async Task Manager_CallsFromManyThreads_KeepsTheInvariants()
    {
        const int Target = 6;
        var manager = new ConnectionManager(new ConnectionManagerOptions
        {
            Dial = DialAsync,
            GetNewAddress = GetNewAddressAsync,
            OnConnection = (_, connection, token) => HandleAsync(connection, token),
            OnDisconnection = OnDisconnectionAsync,
            OnAccept = HandleAsync,
            Listeners = [_listener],
            MaxInbound = 3,
            TargetOutbound = Target,
            RetryDuration = TimeSpan.FromMilliseconds(1),
            DialTimeout = TimeSpan.FromMilliseconds(20),
            DialHedgeDelay = TimeSpan.FromMilliseconds(2),
            DialBurst = 1_000_000,
            DialsPerSecond = 1_000_000,
        });
        await manager.StartAsync(TestContext.Current.CancellationToken);

        var requests = new ConcurrentBag<ConnectionRequest>();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => CallAsync(manager, requests, Target))));
        await manager.StopAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_faults);
        Assert.True(_established >= LeastConnections, $"Only {_established} connections were made: this shows little.");
        Assert.All(_streams.Concat(_listener.Streams), stream => Assert.Equal(1, stream.Disposals));
        Assert.All(_calls, call => Assert.Equal(call.Key.Direction == ConnectionDirection.Outbound ? 2 : 1, call.Value));
        Assert.All(requests, request => Assert.True(request.FirstOutcome.IsCompletedSuccessfully));
        Assert.Empty((await manager.GetSnapshotAsync(TestContext.Current.CancellationToken)).Requests);
    }

    private async Task CallAsync(ConnectionManager manager, ConcurrentBag<ConnectionRequest> requests, int target)
    {
        for (var i = 0; i < CallsPerThread || (Volatile.Read(ref _established) < LeastConnections && i < MostCallsPerThread); i++)
        {
            var id = Next(2000) + 1;
            switch (Next(12))
            {
                case 0: requests.Add(manager.Connect(SomeAddress(), permanent: Next(2) == 0)); break;
                case 1: requests.Add(manager.NewConnectionRequest()); break;
                case 2: await manager.RemoveAsync(id); break;
                case 3: await manager.DisconnectAsync(id, triggerReconnect: Next(2) == 0); break;
                case 4: await manager.SetTargetOutboundAsync(Next(target + 1)); break;
                case 5: manager.NotifyAddressesAvailable(); break;
                case 6 when Next(50) == 0: await manager.SuspendAsync(); break;
                case 7: await manager.ResumeAsync(); break;
                case 8: Accept(); break;
                case 9:
                    var snapshot = await manager.GetSnapshotAsync();
                    if (snapshot.Count(ConnectionKind.Automatic) > snapshot.TargetOutbound)
                        _faults.Enqueue("More automatic connections than the target.");
                    if (snapshot.Count(ConnectionKind.Inbound) > 3)
                        _faults.Enqueue("More inbound connections than the limit.");
                    foreach (var connected in snapshot.Connections.Where(_ => Next(3) == 0))
                        connected.Connection.Close("by the test");
                    break;
                default: await Task.Yield(); break;
            }
        }
    }

    private void Accept()
    {
        lock (_randomLock)
        {
            if (_listener.IsWaiting)
                _listener.Connect(new IPEndPoint(IPAddress.Loopback, _random.Next(1, 60000)));
        }
    }

    private async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken token)
    {
        switch (Next(6))
        {
            case 0: throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "refused");
            case 1: await Task.Yield(); break;
            case 2: await Task.Delay(TimeSpan.FromMilliseconds(Next(30)), TimeProvider.System, token); break;
            case 3: await Task.Delay(TimeSpan.FromMilliseconds(Next(30)), TimeProvider.System, CancellationToken.None); break; // Late, whatever the token says.
        }

        var stream = new FakeStream(endPoint as IPEndPoint);
        _streams.Add(stream);
        return stream;
    }

    private async Task HandleAsync(Connection connection, CancellationToken token)
    {
        Interlocked.Increment(ref _established);
        if (!_calls.TryAdd(connection, 1))
            _faults.Enqueue("A connection was handed over twice.");
        switch (Next(4))
        {
            case 0: return;
            case 1: throw new InvalidOperationException("handler threw");
            case 2: await connection.Closed; break;
            default: await Task.Delay(TimeSpan.FromMilliseconds(Next(10)), TimeProvider.System, token); break;
        }
    }

    private Task OnDisconnectionAsync(ConnectionRequest request, Connection connection)
    {
        if (!_calls.TryUpdate(connection, 2, 1) || !connection.Closed.IsCompleted)
            _faults.Enqueue("OnDisconnection without OnConnection, twice, or before the close.");
        return Task.CompletedTask;
    }

    private ValueTask<EndPoint?> GetNewAddressAsync(CancellationToken token)
    {
        var n = Interlocked.Increment(ref _fresh);
        return Next(20) == 0 ? throw new InvalidOperationException("source threw") : new(new IPEndPoint(new IPAddress([(byte)(100 + n / 65536), (byte)(n / 256), (byte)n, 1]), 8333));
    }

    private EndPoint SomeAddress() => Next(4) == 0 ? new DnsEndPoint($"host{Next(3)}.example", 8333) : new IPEndPoint(new IPAddress([20, (byte)Next(6), 1, 1]), 8333);

    private int Next(int max)
    {
        lock (_randomLock)
            return _random.Next(max);
    }
}
