using System.Collections.Concurrent;
using System.Globalization;
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
        Assert.Equal(expected is "v1", streams.Last().Bytes.AsSpan().StartsWith(ChainParameters.Regtest.Magic.AsSpan()));
        Assert.All(streams.SkipLast(1), static stream => Assert.False(Contains(stream, "version")));
    }

    /// <summary>
    /// The node counts what it accepts: one connection more than without the fallback, and no third one. How long both take is written to
    /// the output.
    /// </summary>
    [Fact]
    public async Task Connect_ANodeOfV1_MakesExactlyOneMoreConnection()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Arguments = ["-v2transport=0"] }, Cancellation);
        var streams = new ConcurrentQueue<RecordedStream>();
        await using var network = Network(TransportPolicy.PreferV2, streams);
        await network.StartAsync(Cancellation);
        var start = TimeProvider.System.GetTimestamp();
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"with the fallback: {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0.0} ms");
        var theirs = Assert.Single(await node.WaitForPeersAsync(static peers => peers.Count == 1 && IsKnown(peers[0]), Cancellation));
        Assert.Equal(PeerTransport.V1, peer.Transport);
        Assert.Equal((2, 1), (streams.Count, theirs.GetProperty("id").GetInt32())); // The ids of a node's peers begin with 0.

        await using var plain = Network(TransportPolicy.V1Only, streams);
        await plain.StartAsync(Cancellation);
        start = TimeProvider.System.GetTimestamp();
        await plain.ConnectPeerAsync(node.EndPoint, Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"without: {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0.0} ms");
        var all = await node.WaitForPeersAsync(static peers => peers.Count == 2 && peers.All(IsKnown), Cancellation);
        Assert.Equal([1, 2], all.Select(static each => each.GetProperty("id").GetInt32()).Order());
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

    /// <summary>More packets than many keys encrypt, each way, and in between one of nearly the longest there may be, each way.</summary>
    [Fact]
    public async Task Messages_10000EachWay_And4MillionBytesInOne_ArriveAcrossChangesOfTheKey()
    {
        const int Messages = 10_000;
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hash = await MineLargeBlockAsync(node);
        var (pongs, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var block = new TaskCompletionSource<(int Length, int PongsBefore)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = Network(TransportPolicy.V2Only, [], (_, message, _) =>
        {
            if (message.Command == MessageCommand.Pong && BitConverter.ToInt64(message.Payload.Span) == pongs && ++pongs == Messages)
                all.SetResult();
            else if (message.Command == MessageCommand.Block)
                block.SetResult((message.Payload.Length, pongs));
            return default;
        });
        await network.StartAsync(Cancellation);
        var peer = await network.ConnectPeerAsync(node.EndPoint, Cancellation);
        for (var i = 0L; i < Messages; i++)
        {
            if (i == Messages / 2)
            {
                await peer.SendAsync(new MessageCommand("unknown"), new byte[4_000_000], Cancellation); // Ignored, but read and authenticated.
                await peer.SendAsync(MessageCommand.GetData, hash, Cancellation);
            }

            await peer.SendAsync(MessageCommand.Ping, BitConverter.GetBytes(i), Cancellation);
        }

        await all.Task.WaitAsync(Cancellation);
        Assert.Equal(Messages, pongs);
        var (length, before) = await block.Task.WaitAsync(Cancellation);
        Assert.InRange(length, 3_990_000, 4_000_000);
        Assert.InRange(before, Messages / 2, Messages - 1); // In one packet, with other keys before and after it.
        var theirs = Assert.Single(await node.WaitForPeersAsync(static peers => peers.Count == 1 && IsKnown(peers[0]), Cancellation));
        Assert.Equal("v2", theirs.GetProperty("transport_protocol_type").GetString());
        Assert.InRange(theirs.GetProperty("bytessent_per_msg").GetProperty("block").GetInt64(), length, length + 100);
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

    /// <summary>
    /// Mines a block that is nearly as long as its weight allows: it spends an output of a future version of segregated witness, for which
    /// any witness will do.
    /// </summary>
    /// <returns>The payload of a getdata for it.</returns>
    private static async Task<byte[]> MineLargeBlockAsync(BitcoindNode node)
    {
        const int Witness = 3_998_000;
        const int Maturity = 100;
        var program = $"5220{new string('1', 64)}"; // OP_2 and 32 bytes that are not zero.
        var checksum = (await node.CallAsync("getdescriptorinfo", Cancellation, $"raw({program})")).GetProperty("descriptor").GetString();
        var mined = await node.CallAsync("generatetodescriptor", Cancellation, Maturity + 1, checksum);
        var coinbase = (await node.CallAsync("getblock", Cancellation, mined[0].GetString(), 1)).GetProperty("tx")[0].GetString()!;

        var spending = new StringBuilder("02000000").Append("0001").Append("01") // A version, witnesses, one input.
            .Append(Reverse(coinbase)).Append("00000000").Append("00").Append("ffffffff")
            .Append("01").Append("0000000000000000").Append("016a") // One output, of nothing.
            .Append("01").Append(CultureInfo.InvariantCulture, $"fe{Convert.ToHexString(BitConverter.GetBytes(Witness))}").Append('0', 2 * Witness)
            .Append("00000000");
        var large = await node.CallAsync("generateblock", Cancellation, checksum, new[] { spending.ToString() });
        byte[] request = [1, .. BitConverter.GetBytes((uint)InventoryType.WitnessBlock), .. Convert.FromHexString(Reverse(large.GetProperty("hash").GetString()!))];
        return request;

        static string Reverse(string hash) => Convert.ToHexString([.. Convert.FromHexString(hash).Reverse()]);
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
