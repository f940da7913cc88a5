using System.Collections.Concurrent;
using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections.Defects;

/// <summary>D6, D16, D17: one connection for each address, no races on requests, ids that are known.</summary>
public class AddressDefectTests
{
    [Fact]
    public void D06_OneAddressOfferedAgainAndAgain_IsConnectedOnce()
    {
        var h = Dialing(10, options => options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(Ip("1.2.3.4")));
        h.Settle();
        Assert.Single(h.Dialer.All).Succeed();
        h.Advance(Minute, Second);

        Assert.Single(h.Dialer.All);
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void D06_InboundFromAnAddressConnectedOutbound_IsRefused()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4:8333"));
        h.Settle();

        var same = listener.Connect(Ip("1.2.3.4:8333"));
        var otherPort = listener.Connect(Ip("1.2.3.4:50000"));
        h.Settle();

        Assert.Equal(1, same.Disposals);
        Assert.Same(otherPort, Assert.Single(accepted).Stream);
        h.Stop();
    }

    /// <summary>Real threads and real time: what a request tells is read, and every public call made, from four threads at once.</summary>
    [Fact]
    public async Task D16_FreeThreadedStress_KeepsTheInvariants()
    {
        var streams = new ConcurrentBag<FakeStream>();
        var ids = new ConcurrentDictionary<long, byte>();
        var opened = 0;
        var closed = 0;
        var next = 0;
        var listener = new StressListener(streams);
        var manager = new ConnectionManager(new()
        {
            TargetOutbound = 4,
            RetryDuration = TimeSpan.FromMilliseconds(1),
            ObserveNetworkChanges = false,
            Random = new Random(16),
            Listeners = [listener],
            MaxInbound = 4,
            OnAccept = static (connection, _) => connection.Closed,
            GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(GetAddress(Interlocked.Increment(ref next) % 5_000)),
            Dial = async (endPoint, token) =>
            {
                await Task.Yield();
                if (endPoint.GetHashCode() % 5 == 0)
                    throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "refused by the test");
                if (endPoint.GetHashCode() % 7 == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, token);
                var stream = new FakeStream(endPoint);
                streams.Add(stream);
                return stream;
            },
            Handshake = static async (_, _) => await Task.Yield(),
            OnConnection = (_, connection, _) =>
            {
                Interlocked.Increment(ref opened);
                return connection.Closed;
            },
            OnDisconnection = (_, _) =>
            {
                Interlocked.Increment(ref closed);
                return Task.CompletedTask;
            },
        });

        await manager.StartAsync(TestContext.Current.CancellationToken);
        var workers = Enumerable.Range(1, 4).Select(worker => Task.Run(() => WorkAsync(worker), TestContext.Current.CancellationToken));
        await Task.WhenAll(workers);
        await manager.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(opened, closed);
        Assert.NotEqual(0, opened);
        Assert.All(streams, stream => Assert.Equal(1, stream.Disposals));
        var snapshot = await manager.GetSnapshotAsync(TestContext.Current.CancellationToken);
        Assert.Empty(snapshot.Requests);
        Assert.Empty(snapshot.Attempts);
        Assert.Empty(snapshot.Connections);
        Assert.Empty(snapshot.Draining);

        async Task WorkAsync(int worker)
        {
            var random = new Random(worker);
            ConnectionRequest? request = null;
            for (var i = 0; i < 1_000; i++)
            {
                switch (random.Next(10))
                {
                    case 0 or 1:
                        request = manager.Connect(GetAddress(random.Next(5_000)), permanent: random.Next(2) == 0);
                        Assert.True(ids.TryAdd(request.Id, 0), "An id was used twice.");
                        break;
                    case 2:
                        request = manager.NewConnectionRequest();
                        Assert.True(ids.TryAdd(request.Id, 0), "An id was used twice.");
                        break;
                    case 3 when request is not null:
                        await manager.DisconnectAsync(request.Id, random.Next(2) == 0);
                        break;
                    case 4 when request is not null:
                        await manager.RemoveAsync(request.Id);
                        Assert.True(request.State is ConnectionState.Canceled or ConnectionState.Disconnected);
                        break;
                    case 5:
                        await manager.SetTargetOutboundAsync(random.Next(6));
                        break;
                    case 6:
                        var now = await manager.GetSnapshotAsync(TestContext.Current.CancellationToken);
                        Assert.True(now.Count(ConnectionKind.Automatic) <= now.TargetOutbound);
                        Assert.True(now.Count(ConnectionKind.Inbound) <= now.MaxInbound);
                        break;
                    case 7:
                        manager.NotifyAddressesAvailable();
                        manager.NotifyNetworkChanged();
                        break;
                    case 8:
                        await manager.SetMaxInboundAsync(random.Next(4));
                        break;
                    default:
                        Assert.NotNull(request?.ToString() ?? string.Empty);
                        _ = (request?.State, request?.EndPoint, request?.FirstOutcome.Status);
                        break;
                }
            }
        }

        static IPEndPoint GetAddress(int n) => new(new IPAddress([(byte)(20 + n / 256), (byte)n, 1, 1]), 8333);
    }

    [Fact]
    public void D16_AnEndPointChangedByItsOwner_LeavesItsClaimAlone()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Succeed();
        var address = Ip("1.2.3.4:8333");
        var request = h.Manager.Connect(address);
        h.Settle();
        address.Port = 1;
        h.Run(h.Manager.RemoveAsync(request.Id));

        var again = h.Manager.Connect(Ip("1.2.3.4:8333"));
        h.Settle();
        Assert.Equal(ConnectionState.Established, again.State);
        h.Stop();
    }

    [Fact]
    public void D17_TheIdIsKnownAtOnce_SoThatARequestCanBeRemovedBeforeItIsDialled()
    {
        var h = NoSource();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent: true);
        Assert.Equal(1, request.Id);
        var removed = h.Manager.RemoveAsync(request.Id);

        Assert.True(h.Run(removed));
        Assert.Equal(ConnectionState.Canceled, request.State);
        Assert.Empty(h.Dialer.Streams);
        h.Stop();
    }

    [Fact]
    public void D17_TheCallerLearnsHowItsRequestWent()
    {
        var h = NoSource();
        h.Dialer.OnDial = dial => dial.Fail(ConnectFailureCause.NameNotFound, ConnectPhase.Resolve);
        var request = h.Manager.Connect(new DnsEndPoint("nowhere.invalid", 8333));
        h.Settle();

        var outcome = h.Run(request.FirstOutcome);
        Assert.Equal((ConnectPhase.Resolve, ConnectFailureCause.NameNotFound), (outcome.Phase, outcome.Cause));
        Assert.IsType<ConnectFailedException>(outcome.Exception);
        h.Stop();
    }

    [Fact]
    public void D17_ASourceThatGivesACandidateWithoutAddress_IsAskedAgainLater()
    {
        var isBroken = true;
        ManagerHarness? h = null;
        var source = new FakeSource((_, _) =>
            ValueTask.FromResult<Candidate?>(isBroken ? default(Candidate) : new Candidate(h!.NewAddress())));
        h = Dialing(1, options => (options.GetNewAddress, options.AddressSource) = (null, source));
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Settle();
        Assert.Empty(h.Dialer.All);

        isBroken = false;
        h.Advance(5 * Second);
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    private sealed class StressListener(ConcurrentBag<FakeStream> streams) : IConnectionListener
    {
        private int _port = 10_000;

        public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 8333);

        public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
            var stream = new FakeStream(new IPEndPoint(IPAddress.Loopback, 10_000 + ++_port % 50_000));
            streams.Add(stream);
            return stream;
        }

        public ValueTask DisposeAsync() => default;
    }
}
