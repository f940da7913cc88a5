using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Interop;

/// <summary>Real nodes that dial us.</summary>
public sealed class InboundPeersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="beginsByVersion2">Whether bitcoind tries transport version 2 first (BIP324).</param>
    /// <param name="policy">Whether our listener speaks it.</param>
    /// <param name="transport">What both end up with.</param>
    [Theory]
    [InlineData(false, TransportPolicy.PreferV2, "v1")]
    [InlineData(true, TransportPolicy.PreferV2, "v2")]
    [InlineData(true, TransportPolicy.V2Only, "v2")]
    [InlineData(true, TransportPolicy.V1Only, "v1")]
    public async Task OnAccept_NodeDialsOurListener_IsAdmittedByTheBestTransport(bool beginsByVersion2, TransportPolicy policy, string transport)
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await using var ours = Listening(out var address, options => options.MaxInbound = 1, configurePeers: options => options.Transport = policy);
        await ours.Manager.StartAsync(Cancellation);

        await node.CallAsync("addnode", Cancellation, address.ToString(), "onetry", beginsByVersion2);

        var connection = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        Assert.Equal(ConnectionKind.Inbound, connection.Kind);
        Assert.Equal(address, connection.LocalEndPoint);
        Assert.StartsWith("/Satoshi:", RegtestManager.GetPeer(connection).Version.UserAgent, StringComparison.Ordinal);
        var peers = await node.WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
        Assert.False(peers[0].GetProperty("inbound").GetBoolean());
        Assert.Equal(transport, peers[0].GetProperty("transport_protocol_type").GetString());
        Assert.Equal(peers[0].GetProperty("session_id").GetString(), Convert.ToHexStringLower(RegtestManager.GetPeer(connection).SessionId.Span));

        // A node that begins by version 2 in vain is turned away once, for what it is, and comes back by version 1.
        var failed = ours.Events.Seen.OfType<AttemptFailed>().Select(failed => (failed.Kind, failed.Outcome.Phase, failed.Outcome.Cause));
        Assert.Equal(beginsByVersion2 && transport is "v1" ? [(ConnectionKind.Inbound, ConnectPhase.Handshake, ConnectFailureCause.UnsupportedTransport)] : [], failed);
    }

    [Fact]
    public async Task OnAccept_LongerThanAPingInterval_PingsAreAnsweredBothWays()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await using var ours = Listening(out var address, pingInterval: TimeSpan.FromMilliseconds(100));
        await ours.Manager.StartAsync(Cancellation);
        await node.CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);
        var connection = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;

        // bitcoind pings at the start and when it is told to; it counts by bytes, 32 for each ping or pong.
        var pongs = 0L;
        for (var ping = 0; ping < 3; ping++)
        {
            await node.CallAsync("ping", Cancellation);
            var peers = await node.WaitForPeersAsync(
                peers => Bytes(peers.Single(), "bytesrecv_per_msg", "pong") > pongs && peers[0].TryGetProperty("pingtime", out _),
                Cancellation);
            pongs = Bytes(peers[0], "bytesrecv_per_msg", "pong");
        }

        await node.WaitForPeersAsync(
            peers => Bytes(peers.Single(), "bytesrecv_per_msg", "ping") >= 4 * 32 && Bytes(peers[0], "bytessent_per_msg", "pong") >= 4 * 32,
            Cancellation);
        Assert.NotNull(RegtestManager.GetPeer(connection).LastRoundTrip);
        Assert.Equal(RegtestManager.GetPeer(connection).ShortestRoundTrip, connection.Link.Facts!.MinRoundTrip);
        Assert.True(connection.Link.Facts is { OffersWantedServices: true, RelaysTransactions: true });
        Assert.False(connection.ClosingToken.IsCancellationRequested);
        Assert.DoesNotContain(ours.Events.Seen, seen => seen is ConnectionClosed);
    }

    [Fact]
    public async Task MaxInbound_Full_RefusesTheNextNodeUntilOneLeaves()
    {
        await using var nodes = await BitcoindNodes.StartAsync(2, Cancellation);
        await using var ours = Listening(out var address, options => options.MaxInbound = 1);
        await ours.Manager.StartAsync(Cancellation);
        await nodes[0].CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);
        var admitted = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;

        await nodes[1].CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);

        var refused = await ours.Events.NextAsync<InboundRefused>(Cancellation);
        Assert.Equal(ConnectFailureCause.ConnectionLimit, refused.Cause);
        Assert.IsType<IPEndPoint>(refused.RemoteEndPoint);
        await SeesTheEndAsync(nodes[1]);
        Assert.False(admitted.ClosingToken.IsCancellationRequested);

        await nodes[0].CallAsync("disconnectnode", Cancellation, address.ToString());
        Assert.Same(admitted, (await ours.Events.NextAsync<ConnectionClosed>(Cancellation)).Connection);
        await nodes[1].CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);

        await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        await nodes[1].WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
    }

    [Fact]
    public async Task HandshakeTimeout_SilentConnection_LosesItsSlotToANode()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var time = new FakeTimeProvider();
        await using var ours = Listening(out var address, options => (options.MaxInbound, options.TimeProvider) = (1, time));
        await ours.Manager.StartAsync(Cancellation);
        await using var silent = await new TcpDialer().DialAsync(address, Cancellation);
        await Poll.UntilAsync(
            async token => (await ours.Manager.GetSnapshotAsync(token)).Attempts is [{ Phase: ConnectPhase.Handshake }],
            () => "the silent connection was not accepted",
            Cancellation);
        await node.CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);
        Assert.Equal(ConnectFailureCause.ConnectionLimit, (await ours.Events.NextAsync<InboundRefused>(Cancellation)).Cause);
        await SeesTheEndAsync(node);

        time.Advance(TimeSpan.FromSeconds(60));

        var lost = await ours.Events.NextAsync<AttemptFailed>(Cancellation);
        Assert.Equal(
            (ConnectionKind.Inbound, ConnectPhase.Handshake, ConnectFailureCause.Timeout), (lost.Kind, lost.Outcome.Phase, lost.Outcome.Cause));
        Assert.Equal((((IStreamEndPoints)silent).LocalEndPoint, false), (lost.Outcome.EndPoint, lost.Outcome.CountsAgainstAddress));
        Assert.Equal(0, await silent.ReadAsync(new byte[1], Cancellation));
        await node.CallAsync("addnode", Cancellation, address.ToString(), "onetry", false);
        await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        await node.WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
    }

    /// <summary>
    /// The system of a peer that closes with bytes unread sends a reset. That is no different from a peer that resets the connection, so it is
    /// reported as such.
    /// </summary>
    [Theory]
    [InlineData(true, DisconnectCause.PeerClosed)]
    [InlineData(false, DisconnectCause.Reset)]
    public async Task ConnectionClosed_ByThePeer_IsAReset_WhenItHasNotReadAll(bool reads, DisconnectCause expected)
    {
        await using var ours = Listening(out var address);
        await ours.Manager.StartAsync(Cancellation);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, Cancellation);
        await using var stream = new NetworkStream(socket);
        var peer = await new BitcoinProtocol(new() { Chain = ChainParameters.Regtest }).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Cancellation);
        if (reads)
        {
            var running = peer.RunAsync(static (_, _, _) => default, Cancellation);
            Assert.True(await peer.PingAsync(Cancellation) > TimeSpan.Zero); // After its answer there is nothing more to read.
            peer.Close();
            await running;
        }
        else
        {
            await peer.SendAsync(MessageCommand.Ping, new byte[8], Cancellation);
            await Poll.UntilAsync(_ => Task.FromResult(socket.Available > 0), static () => "there is neither a ping nor a pong", Cancellation);
        }

        socket.Close();
        Assert.Equal(expected, (await ours.Events.NextAsync<ConnectionClosed>(Cancellation)).Reason.Cause);
    }

    private static RegtestManager Listening(
        out IPEndPoint address,
        Action<ConnectionManagerOptions>? configure = null,
        TimeSpan? pingInterval = null,
        Action<BitcoinPeerOptions>? configurePeers = null)
    {
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        address = (IPEndPoint)listener.LocalEndPoint;
        return new RegtestManager(
            options =>
            {
                options.Listeners.Add(listener);
                configure?.Invoke(options);
            },
            peers =>
            {
                peers.PingInterval = pingInterval ?? peers.PingInterval;
                configurePeers?.Invoke(peers);
            });
    }

    /// <summary>bitcoind has noticed that we closed its first connection; until then it opens no other to the same address.</summary>
    private static async Task SeesTheEndAsync(BitcoindNode node)
    {
        await node.WaitForLogAsync("disconnecting peer=0", Cancellation);
        await node.WaitForPeersAsync(peers => peers.Count == 0, Cancellation);
    }

    private static long Bytes(JsonElement peer, string direction, string command) =>
        peer.GetProperty(direction).TryGetProperty(command, out var bytes) ? bytes.GetInt64() : 0;
}
