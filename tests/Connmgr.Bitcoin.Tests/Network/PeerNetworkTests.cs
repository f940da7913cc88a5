using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Peers of a chain in three lines, on a sandbox without misbehaviour, in real time; every wait is for an event.</summary>
public class PeerNetworkTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhenFull_OfASandbox_ThePeersHaveShakenHands()
    {
        await using var sandbox = Sandbox();
        await using var network = new PeerNetwork(Options(sandbox));
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        var peers = await network.GetPeersAsync(Cancellation);
        Assert.Equal(8, peers.Length);
        Assert.All(peers, peer => Assert.True(peer.Peer.Version is { UserAgent.Length: > 0, StartHeight: > 0 }));
        Assert.Equal(8, peers.Select(peer => Netgroup.FromEndPoint(peer.Connection.RemoteEndPoint)).Distinct().Count());

        await network.StopAsync(Cancellation);
        await sandbox.DisposeAsync();
        sandbox.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task PermanentPeers_AreKeptBesideTheTarget_AndConnectedOnceHoweverOftenItIsStarted()
    {
        await using var sandbox = Sandbox();
        var options = Options(sandbox);
        var mine = sandbox.Hosts[0].EndPoint;
        options.PermanentPeers = [mine];
        options.TargetOutbound = 2;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        var snapshot = await network.Connections.GetSnapshotAsync(Cancellation);
        Assert.Equal(mine, Assert.Single(snapshot.Requests, request => request.Kind == ConnectionKind.Permanent).EndPoint);
        Assert.Equal((2, 1), (snapshot.Count(ConnectionKind.Automatic), snapshot.Count(ConnectionKind.Permanent)));
    }

    [Fact]
    public async Task GetUserAgent_GetsTheConnection()
    {
        await using var sandbox = Sandbox();
        var options = Options(sandbox);
        var kinds = new System.Collections.Concurrent.ConcurrentBag<ConnectionKind?>();
        (options.TargetOutbound, options.PermanentPeers) = (1, [sandbox.Hosts[0].EndPoint]);
        options.Protocol = new BitcoinPeerOptions
        {
            GetUserAgent = connection =>
            {
                kinds.Add(connection?.Kind);
                return null;
            },
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.Contains(ConnectionKind.Automatic, kinds);
        Assert.Contains(ConnectionKind.Permanent, kinds);
        Assert.DoesNotContain(null, kinds);
    }

    [Fact]
    public async Task OnPeer_IsCalledBeforeTheMessages_AndMayAnswer()
    {
        await using var sandbox = Sandbox();
        var options = Options(sandbox);
        var order = new List<string>();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        options.TargetOutbound = 1;
        options.ConfigureGossip = gossip => gossip.ForwardMessages = true; // Which has sent getaddr by then.
        options.OnPeer = (_, _) =>
        {
            order.Add("peer");
            return ValueTask.CompletedTask;
        };
        options.OnMessage = (_, message, _) =>
        {
            order.Add(message.Command.ToString());
            if (message.Command.ToString().StartsWith("addr", StringComparison.Ordinal))
                answered.TrySetResult();
            return ValueTask.CompletedTask;
        };
        await using var network = new PeerNetwork(options);
        options.OnPeer = null; // Too late to change anything.
        await network.StartAsync(Cancellation);
        await answered.Task.WaitAsync(Cancellation);
        await network.StopAsync(Cancellation);
        Assert.Equal("peer", order[0]);
    }

    [Fact]
    public async Task APeerThatLeaves_IsSaidToHaveLeft()
    {
        await using var sandbox = Sandbox();
        var options = Options(sandbox);
        options.TargetOutbound = 1;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        options.OnPeer = (_, _) =>
        {
            begun.TrySetResult();
            return ValueTask.CompletedTask;
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await begun.Task.WaitAsync(Cancellation);
        var connection = Assert.Single(await network.GetPeersAsync(Cancellation)).Connection;
        sandbox.Network.CloseConnections(connection.RemoteEndPoint!);
        var reason = await connection.Closed.WaitAsync(Cancellation);
        Assert.True(reason.Cause is DisconnectCause.PeerClosed or DisconnectCause.Reset, $"{reason}"); // The answer to its ping may be under way, which fails.
    }

    [Fact]
    public async Task ListenOn_AnotherNetwork_MeetsItsPeer()
    {
        var chain = ChainParameters.Regtest;
        await using var server = new PeerNetwork(new() { Chain = chain, ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)] });
        await server.StartAsync(Cancellation);
        await using var client = new PeerNetwork(new() { Chain = chain, PermanentPeers = [server.ListenEndPoints[0]] });
        await client.StartAsync(Cancellation);
        await client.WhenFullAsync(Cancellation);
        var (peer, connection) = Assert.Single(await client.GetPeersAsync(Cancellation));
        Assert.Equal(BitcoinPeerOptions.DefaultUserAgent, peer.Version.UserAgent);
        Assert.Equal(server.ListenEndPoints[0], connection.RemoteEndPoint);
    }

    private static SandboxNetwork Sandbox() => new(new()
    {
        Peers = 60,
        DeadShare = 0,
        SlowShare = 0,
        ResettingShare = 0,
        SilentShare = 0,
        RestlessShare = 0,
        HostileShare = 0,
        Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)),
    });

    private static PeerNetworkOptions Options(SandboxNetwork sandbox) =>
        new() { Chain = SandboxNetwork.Chain, Dial = sandbox.DialAsync, AddressSource = sandbox.AddressSource };
}
