using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Interop;

/// <summary>Permanent peers that are real nodes: they come, die, come back and are let go.</summary>
public sealed class PermanentPeersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_FourPermanentNodes_EachHasUsByOurUserAgentUntilRemoved()
    {
        await using var nodes = await BitcoindNodes.StartAsync(4, Cancellation);
        await using var ours = new RegtestManager();
        await ours.Manager.StartAsync(Cancellation);

        var requests = nodes.Select(node => ours.Manager.Connect(node.EndPoint, permanent: true)).ToList();

        foreach (var (request, node) in requests.Zip(nodes))
        {
            Assert.True((await request.FirstOutcome.WaitAsync(Cancellation)).Succeeded);
            var peers = await node.WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
            Assert.True(peers[0].GetProperty("inbound").GetBoolean());
            Assert.Equal("v1", peers[0].GetProperty("transport_protocol_type").GetString());
        }

        var snapshot = await ours.Manager.GetSnapshotAsync(Cancellation);
        Assert.Equal(4, snapshot.Count(ConnectionKind.Permanent));
        Assert.All(
            snapshot.Connections,
            connection => Assert.StartsWith(
                "/Satoshi:", RegtestManager.GetPeer(connection.Connection).Version.UserAgent, StringComparison.Ordinal));

        Assert.True(await ours.Manager.RemoveAsync(requests[0].Id));

        await nodes[0].WaitForPeersAsync(peers => peers.Count == 0, Cancellation);
        Assert.Equal(DisconnectCause.Removed, (await ours.Events.NextAsync<ConnectionClosed>(Cancellation)).Reason.Cause);
        Assert.Equal(ConnectionState.Disconnected, requests[0].State);
        Assert.False(await ours.Manager.RemoveAsync(requests[0].Id));
        snapshot = await ours.Manager.GetSnapshotAsync(Cancellation);
        Assert.Equal(requests.Skip(1).Select(request => request.Id), snapshot.Requests.Select(request => request.Id));
    }

    [Fact]
    public async Task Connect_NodeKilledAndBack_RetriesAndReconnectsAsTheSameRequest()
    {
        await using var nodes = await BitcoindNodes.StartAsync(2, Cancellation);
        await using var ours = new RegtestManager();
        await ours.Manager.StartAsync(Cancellation);
        var mortal = ours.Manager.Connect(nodes[0].EndPoint, permanent: true);
        var other = ours.Manager.Connect(nodes[1].EndPoint, permanent: true);
        await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);

        await nodes[0].KillAsync();

        var closed = await ours.Events.NextAsync<ConnectionClosed>(Cancellation);
        Assert.Equal(mortal.Id, closed.Connection.Id);
        Assert.True(closed.Reason.Cause is DisconnectCause.PeerClosed or DisconnectCause.Reset, $"{closed.Reason}");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await ours.Events.NextAsync<AttemptStarted>(Cancellation, started => started.RequestId == mortal.Id);
            var failed = await ours.Events.NextAsync<AttemptFailed>(Cancellation);
            Assert.Equal(
                (mortal.Id, ConnectPhase.Tcp, ConnectFailureCause.Refused),
                (failed.Outcome.RequestId, failed.Outcome.Phase, failed.Outcome.Cause));
        }

        Assert.True(mortal.State is ConnectionState.Failing or ConnectionState.Pending, $"{mortal.State}");
        var waiting = (await ours.Manager.GetSnapshotAsync(Cancellation)).Requests.Single(request => request.Id == mortal.Id);
        Assert.True(waiting.Attempts >= 4, $"{waiting.Attempts} attempts");
        Assert.Equal(ConnectionState.Established, other.State);

        await nodes[0].StartAsync(Cancellation);

        var back = await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        Assert.Equal(mortal.Id, back.Connection.Id);
        Assert.Same(mortal, back.Connection.Request);
        await nodes[0].WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
        Assert.DoesNotContain(ours.Events.Seen, seen => seen is ConnectionClosed closed && closed.Connection.Id == other.Id);
    }

    [Fact]
    public async Task Connect_ConnectionResetInTheMiddle_EndsWithTheErrorAndIsRetried()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var filter = await PacketFilter.CreateAsync(network, Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(network, Cancellation, "20.1.0.1");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var ours = new RegtestManager(configurePeers: peers => peers.TimeProvider = time, network: network);
        await ours.Manager.StartAsync(Cancellation);
        var request = ours.Manager.Connect(nodes[0].EndPoint, permanent: true);
        var connection = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        await Poll.UntilAsync(
            _ => Task.FromResult(RegtestManager.GetPeer(connection).LastRoundTrip is not null), () => "the node answers no ping", Cancellation);

        await filter.ResetAsync(nodes[0].EndPoint, Cancellation);
        time.Advance(new BitcoinPeerOptions().PingInterval); // One ping, and one reset: of a second ping the error could be that of writing.
        var closed = await ours.Events.NextAsync<ConnectionClosed>(Cancellation);
        Assert.Equal((request.Id, DisconnectCause.Reset), (closed.Connection.Id, closed.Reason.Cause));
        var error = Assert.IsType<SocketException>(Assert.IsType<IOException>(closed.Reason.Exception, exactMatch: false).InnerException);
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        var failed = await ours.Events.NextAsync<AttemptFailed>(Cancellation);
        Assert.Equal((request.Id, ConnectFailureCause.Refused), (failed.Outcome.RequestId, failed.Outcome.Cause));

        await filter.MendAsync(Cancellation);

        Assert.Equal(request.Id, (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection.Id);
    }

    [Fact]
    public async Task Connect_NameThatDoesNotResolve_IsRetriedUntilItLeadsToANode()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        IPAddress[]? answer = null;
        var dialer = new TcpDialer(new TcpDialerOptions
        {
            Resolve = (_, _) => Volatile.Read(ref answer) is { } addresses
                ? Task.FromResult(addresses)
                : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
        });
        await using var ours = new RegtestManager(options => options.Dial = dialer.DialAsync);
        var request = ours.Manager.Connect(new DnsEndPoint("node.example", node.EndPoint.Port), permanent: true);

        await ours.Manager.StartAsync(Cancellation);

        var first = await request.FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal((ConnectPhase.Resolve, ConnectFailureCause.NameNotFound), (first.Phase, first.Cause));
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var failed = await ours.Events.NextAsync<AttemptFailed>(Cancellation);
            Assert.Equal((request.Id, ConnectFailureCause.NameNotFound), (failed.Outcome.RequestId, failed.Outcome.Cause));
        }

        Volatile.Write(ref answer, [node.EndPoint.Address]);

        var established = await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        Assert.Equal(request.Id, established.Connection.Id);
        Assert.Equal(node.EndPoint, established.Connection.RemoteEndPoint);
        Assert.Equal(ConnectionState.Established, request.State);
        await node.WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
    }
}
