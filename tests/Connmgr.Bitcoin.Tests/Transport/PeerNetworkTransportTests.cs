using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The transport that a network chooses for its dials, and the second dial when a peer does not answer.</summary>
public sealed class PeerNetworkTransportTests : IAsyncDisposable
{
    private static readonly IPEndPoint Theirs = new(IPAddress.Parse("8.1.2.3"), 18444);

    private readonly MemoryNetwork _memory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);
    private readonly ConcurrentQueue<PeerTransport> _answered = new(); // The transports of the streams that the host accepted.
    private readonly ConcurrentQueue<ConnectFailedException> _refused = new();
    private int _dials;

    private CancellationToken Cancellation => _deadline.Token;

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData(TransportPolicy.PreferV2, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(TransportPolicy.V2Only, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(TransportPolicy.V1Only, TransportPolicy.PreferV2, PeerTransport.V1, 1)]
    [InlineData(TransportPolicy.PreferV2, TransportPolicy.V1Only, PeerTransport.V1, 2)] // The second dial.
    public async Task Connect_APeerThatTheUserNamed_SpeaksTheBestOfBothSides(
        TransportPolicy ours, TransportPolicy theirs, PeerTransport expected, int dials)
    {
        SetHost(theirs);
        await using var network = Create(ours);
        await network.StartAsync(Cancellation);
        var peer = await ConnectAsync(network);
        Assert.Equal(expected, peer.Transport);
        Assert.Equal(expected == PeerTransport.V2 ? 32 : 0, peer.SessionId.Length);
        Assert.Equal(ours != TransportPolicy.V1Only, (await Received.Task.WaitAsync(Cancellation)).Services.HasFlag(NodeServices.P2PV2));
        Assert.Equal([expected], _answered);
        Assert.Equal((dials, dials - 1), (_dials, _refused.Count));
    }

    /// <summary>A peer that does not speak it is a failed attempt, and gets no byte of v1.</summary>
    [Fact]
    public async Task Connect_V2Only_ToAPeerOfV1_Fails()
    {
        SetHost(TransportPolicy.V1Only);
        await using var network = Create(TransportPolicy.V2Only);
        await network.StartAsync(Cancellation);
        var outcome = await network.Connections.Connect(Theirs).FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal((false, ConnectFailureCause.UnsupportedTransport), (outcome.Succeeded, outcome.Cause));
        Assert.Equal(1, _dials);
        Assert.Empty(_answered);
    }

    /// <summary>What the address offers decides, and a peer that cannot after all is dialled again in the same attempt.</summary>
    [Theory]
    [InlineData(NodeServices.P2PV2, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(NodeServices.P2PV2, TransportPolicy.V1Only, PeerTransport.V1, 2)]
    [InlineData(NodeServices.None, TransportPolicy.PreferV2, PeerTransport.V1, 1)]
    public async Task Automatic_AddressOfTheBook_DecidesByItsServices(
        NodeServices offered, TransportPolicy theirs, PeerTransport expected, int dials)
    {
        SetHost(theirs);
        var services = NodeServices.Network | NodeServices.Witness;
        await using var network = Create(TransportPolicy.PreferV2, targetOutbound: 1);
        network.Book.Add([new PeerAddress(NetworkEndPoint.Parse("8.1.2.3:18444"), (ulong)(services | offered), TimeProvider.System.GetUtcNow())], NetworkAddress.Parse("9.9.9.9"));
        await network.StartAsync(Cancellation);
        var peer = await network.GetPeerAsync(static _ => true, cancellationToken: Cancellation);
        Assert.Equal(expected, peer.Transport);
        Assert.Equal(dials, _dials);
        Assert.True(network.Book.TryGet(NetworkEndPoint.Parse("8.1.2.3:18444"), out var entry));
        Assert.Equal(0, entry.FailedAttempts);
    }

    /// <summary>The attempt fails with the failure of the second dial, and nothing is left open.</summary>
    [Fact]
    public async Task Connect_SecondDialRefused_FailsOnce()
    {
        SetHost(TransportPolicy.V1Only, () => _memory.SetBehavior(Theirs, HostBehavior.Refusing));
        await using (var network = Create(TransportPolicy.PreferV2))
        {
            await network.StartAsync(Cancellation);
            var outcome = await network.Connections.Connect(Theirs).FirstOutcome.WaitAsync(Cancellation);
            Assert.Equal((false, ConnectFailureCause.Refused), (outcome.Succeeded, outcome.Cause));
        }

        Assert.Equal(2, _dials);
        _memory.EnsureNoLeaks();
    }

    private TaskCompletionSource<VersionMessage> Received { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PeerNetwork Create(TransportPolicy policy, int targetOutbound = 0) => new(new()
    {
        Chain = ChainParameters.Regtest,
        Dial = (endPoint, token) =>
        {
            Interlocked.Increment(ref _dials);
            return _memory.DialAsync(endPoint, token);
        },
        Book = targetOutbound > 0 ? new() : null,
        TargetOutbound = targetOutbound,
        Protocol = new() { Transport = policy },
        Policies = new() { FeelerInterval = null, ExtraNetworkInterval = null },
    });

    private async Task<BitcoinPeer> ConnectAsync(PeerNetwork network)
    {
        var request = network.Connections.Connect(Theirs);
        Assert.True((await request.FirstOutcome.WaitAsync(Cancellation)).Succeeded);
        return await network.GetPeerAsync(static _ => true, cancellationToken: Cancellation);
    }

    private void SetHost(TransportPolicy policy, Action? beforeItEnds = null)
    {
        var protocol = new BitcoinProtocol(new()
        {
            Chain = ChainParameters.Regtest,
            Transport = policy,
            Services = NodeServices.Network | NodeServices.Witness,
        });
        _memory.SetBehavior(Theirs, HostBehavior.Serving(async (stream, token) =>
        {
            try
            {
                var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, null, token);
                _answered.Enqueue(peer.Transport);
                Received.TrySetResult(peer.Version);
                await peer.RunAsync(static (_, _, _) => default, token);
            }
            catch (ConnectFailedException exception)
            {
                _refused.Enqueue(exception);
                beforeItEnds?.Invoke();
            }
        }));
    }
}
