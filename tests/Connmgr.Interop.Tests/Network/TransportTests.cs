using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>The encrypted transport (BIP324) with a real node that we dial. InboundPeersTests has the other direction.</summary>
public sealed class TransportTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Both transports of both sides; the node has one connection more when it cannot do what we begin with.</summary>
    [Theory]
    [InlineData(TransportPolicy.PreferV2, "-v2transport=1", "v2", 1)]
    [InlineData(TransportPolicy.V2Only, "-v2transport=1", "v2", 1)]
    [InlineData(TransportPolicy.V1Only, "-v2transport=1", "v1", 1)]
    [InlineData(TransportPolicy.PreferV2, "-v2transport=0", "v1", 2)]
    public async Task Connect_AnyPair_SpeaksTheBestOfBoth(TransportPolicy policy, string argument, string expected, int dials)
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Arguments = [argument] }, Cancellation);
        var streams = new ConcurrentQueue<RecordedStream>();
        await using var network = Network(policy, streams);
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        Assert.True(await peer.PingAsync(Cancellation) > TimeSpan.Zero);
        var theirs = Assert.Single(await node.WaitForPeersAsync(static peers => peers.Count == 1 && IsKnown(peers[0]), Cancellation));
        Assert.Equal(expected, theirs.GetProperty("transport_protocol_type").GetString());
        Assert.Equal(theirs.GetProperty("session_id").GetString(), Convert.ToHexStringLower(peer.SessionId.Span));
        Assert.Equal(expected is "v2" ? PeerTransport.V2 : PeerTransport.V1, peer.Transport);
        Assert.Equal(dials, streams.Count);
        Assert.Equal(expected is "v1", Contains(streams.Last(), "version") && Contains(streams.Last(), "verack"));
    }

    [Fact]
    public async Task Connect_V2Only_ToANodeOfV1_Fails_AndSendsNoV1()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Arguments = ["-v2transport=0"] }, Cancellation);
        var streams = new ConcurrentQueue<RecordedStream>();
        await using var network = Network(TransportPolicy.V2Only, streams);
        await network.StartAsync(Cancellation);
        var outcome = await network.Connections.Connect(node.EndPoint).FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.UnsupportedTransport), (outcome.Phase, outcome.Cause));
        Assert.False(Contains(Assert.Single(streams), "version"));
    }

    /// <summary>-v2onlyclearnet, of Bitcoin Knots: the node refuses v1 from public addresses, which there are in a namespace.</summary>
    [Theory]
    [InlineData(TransportPolicy.PreferV2, true)]
    [InlineData(TransportPolicy.V1Only, false)]
    public async Task Connect_ANodeThatIsV2OnlyOnClearnet_NeedsV2(TransportPolicy policy, bool succeeds)
    {
        await using var world = await NetworkNamespace.CreateAsync(Cancellation);
        var address = IPAddress.Parse("20.1.1.1");
        await using var node = await StartV2OnlyAsync(world, address);
        if (node is null)
            Assert.Skip("this bitcoind does not know -v2onlyclearnet, which Bitcoin Knots has");
        await using var network = Network(policy, [], world: world);
        await network.StartAsync(Cancellation);
        var outcome = await network.Connections.Connect(node.EndPoint).FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal(succeeds, outcome.Succeeded);
    }

    /// <summary>More packets than two keys encrypt, each way, and the longest message in between.</summary>
    [Fact]
    public async Task Messages_10000EachWay_And4Million_ArriveAcrossChangesOfTheKey()
    {
        const int Messages = 10_000;
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var (pongs, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var network = Network(TransportPolicy.V2Only, [], (_, message, _) =>
        {
            if (message.Command == MessageCommand.Pong && BitConverter.ToInt64(message.Payload.Span) == pongs && ++pongs == Messages)
                all.SetResult();
            return default;
        });
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        for (var i = 0L; i < Messages; i++)
        {
            if (i == Messages / 2)
                await peer.SendAsync(new MessageCommand("unknown"), new byte[4_000_000], Cancellation); // Ignored, but read and authenticated.
            await peer.SendAsync(MessageCommand.Ping, BitConverter.GetBytes(i), Cancellation);
        }

        await all.Task.WaitAsync(Cancellation);
        Assert.Equal(Messages, pongs);
        var theirs = Assert.Single(await node.WaitForPeersAsync(static peers => peers.Count == 1 && IsKnown(peers[0]), Cancellation));
        Assert.Equal("v2", theirs.GetProperty("transport_protocol_type").GetString());
    }

    /// <summary>A permanent peer that is restarted is found again, whatever it speaks then.</summary>
    [Fact]
    public async Task PermanentPeer_RestartsWithAnotherTransport_IsSpokenWithByThat()
    {
        var first = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await using var network = Network(TransportPolicy.PreferV2, [], permanent: first.EndPoint);
        await network.StartAsync(Cancellation);
        await UseAsync(first, PeerTransport.V2);
        await UseAsync(await RestartAsync("-v2transport=0"), PeerTransport.V1);
        await UseAsync(await RestartAsync("-v2transport=1"), PeerTransport.V2);

        Task<BitcoindNode> RestartAsync(string argument) =>
            BitcoindNode.StartAsync(new BitcoindOptions { Address = first.EndPoint.Address, Arguments = [argument] }, Cancellation);

        async Task UseAsync(BitcoindNode node, PeerTransport expected)
        {
            await using (node)
            {
                var peer = await network.GetPeerAsync(peer => peer.Transport == expected, cancellationToken: Cancellation);
                Assert.True(await peer.PingAsync(Cancellation) > TimeSpan.Zero);
                await node.StopAsync(Cancellation);
                await peer.Closed.WaitAsync(Cancellation);
            }
        }
    }

    private static async Task<BitcoindNode?> StartV2OnlyAsync(NetworkNamespace world, IPAddress address)
    {
        try
        {
            return await BitcoindNode.StartAsync(new BitcoindOptions { Network = world, Address = address, Arguments = ["-v2onlyclearnet=1"] }, Cancellation);
        }
        catch (Exception exception) when (exception.Message.Contains("Invalid parameter", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static PeerNetwork Network(
        TransportPolicy policy,
        ConcurrentQueue<RecordedStream> streams,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? onMessage = null,
        IPEndPoint? permanent = null,
        NetworkNamespace? world = null)
    {
        var dialer = new TcpDialer();
        return new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            PermanentPeers = permanent is null ? [] : [permanent],
            OnMessage = onMessage,
            Protocol = new() { Transport = policy },
            Dial = async (endPoint, token) =>
            {
                var stream = new RecordedStream(await (world is null ? dialer.DialAsync(endPoint, token) : world.Run(() => dialer.DialAsync(endPoint, token))));
                streams.Enqueue(stream);
                return stream;
            },
            Configure = static manager => manager.RetryDuration = TimeSpan.FromMilliseconds(200),
        });
    }

    private static bool IsKnown(JsonElement peer) => peer.GetProperty("version").GetInt32() > 0;

    private static bool Contains(RecordedStream stream, string word) => stream.Bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(word)) >= 0;
}
