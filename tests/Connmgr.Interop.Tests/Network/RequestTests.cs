using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>Requests to a real node, from a program's callbacks and from outside.</summary>
public sealed class RequestTests
{
    /// <summary>An address of regtest whose key nobody knows: a witness program of zeros.</summary>
    private const string Nobody = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202";

    private const int Blocks = 30;
    private const int HeaderSize = 80;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestAsync_InOnPeerAndOnMessage_GetsHeadersAndBlocks()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hashes = await MineAsync(node, Blocks);
        var headers = new TaskCompletionSource<List<byte[]>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocks = Channel.CreateUnbounded<(byte[] Hash, byte[] Payload)>();
        await using var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            PermanentPeers = [node.EndPoint],
            OnPeer = async (peer, token) =>
            {
                var genesis = Convert.FromHexString(await GetHashAsync(node, 0)).Reverse().ToArray();
                var answer = await peer.RequestAsync(MessageCommand.GetHeaders, GetHeaders(genesis), MessageCommand.Headers, cancellationToken: token);
                headers.TrySetResult(ReadHeaders(answer.Payload.Span));
            },
            OnMessage = async (peer, message, token) =>
            {
                // The node announces a new block by inv, since it was not sent sendheaders.
                if (message.Command != MessageCommand.Inv || ReadBlock(message.Payload.Span) is not { } wanted)
                    return;
                var before = message.Payload.ToArray();
                var answer = await peer.RequestAsync(
                    MessageCommand.GetData,
                    GetData(wanted),
                    [MessageCommand.Block, MessageCommand.NotFound],
                    reply => Hash(reply.Payload.Span).SequenceEqual(wanted),
                    cancellationToken: token);
                Assert.Equal(before, message.Payload);
                blocks.Writer.TryWrite((wanted, answer.Payload.ToArray()));
            },
            MessageCommands = [MessageCommand.Inv],
        });
        await network.StartAsync(Cancellation);

        Assert.Equal(hashes, (await headers.Task.WaitAsync(Cancellation)).Select(Print), StringComparer.Ordinal);
        var mined = Assert.Single(await MineAsync(node, 1));
        byte[]? payload = null;
        while (payload is null)
        {
            // The node may announce the tip that it had when it was connected to.
            var announced = await blocks.Reader.ReadAsync(Cancellation);
            if (string.Equals(Print(announced.Hash), mined, StringComparison.Ordinal))
                payload = announced.Payload;
        }

        Assert.Equal((await node.CallAsync("getblock", Cancellation, mined, 0)).GetString(), Convert.ToHexStringLower(payload));
    }

    [Fact]
    public async Task RequestAsync_ManyAtOnce_EachGetsItsBlock()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var hashes = await MineAsync(node, Blocks);
        var connected = new TaskCompletionSource<BitcoinPeer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            PermanentPeers = [node.EndPoint],
            OnPeer = (peer, _) =>
            {
                connected.TrySetResult(peer);
                return ValueTask.CompletedTask;
            },
        });
        await network.StartAsync(Cancellation);
        var peer = await connected.Task.WaitAsync(Cancellation);
        var answers = await Task.WhenAll(hashes.Reverse().Select(async hash =>
        {
            var wanted = Convert.FromHexString(hash).Reverse().ToArray();
            var answer = await peer.RequestAsync(
                MessageCommand.GetData, GetData(wanted), [MessageCommand.Block], reply => Hash(reply.Payload.Span).SequenceEqual(wanted), cancellationToken: Cancellation);
            return Print(Hash(answer.Payload.Span));
        }));
        Assert.Equal(hashes.Reverse(), answers, StringComparer.Ordinal);
        Assert.Equal((Blocks, 0), (peer.RequestsAnswered, peer.RequestsTimedOut));
        Assert.InRange(await peer.PingAsync(Cancellation), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    /// <summary>Mines blocks; gets their hashes as they are printed.</summary>
    private static async Task<string[]> MineAsync(BitcoindNode node, int count) =>
        [.. (await node.CallAsync("generatetoaddress", Cancellation, count, Nobody)).EnumerateArray().Select(static hash => hash.GetString()!)];

    private static async Task<string> GetHashAsync(BitcoindNode node, int height) =>
        (await node.CallAsync("getblockhash", Cancellation, height)).GetString()!;

    private static byte[] GetHeaders(byte[] from)
    {
        var payload = new byte[4 + 1 + 32 + 32];
        BinaryPrimitives.WriteInt32LittleEndian(payload, 70016);
        payload[4] = 1;
        from.CopyTo(payload, 5);
        return payload;
    }

    private static byte[] GetData(byte[] block)
    {
        var payload = new byte[1 + 4 + 32];
        payload[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(1), (uint)InventoryType.WitnessBlock);
        block.CopyTo(payload, 5);
        return payload;
    }

    /// <summary>Reads the hashes of headers, of which there are fewer than 253.</summary>
    private static List<byte[]> ReadHeaders(ReadOnlySpan<byte> payload)
    {
        List<byte[]> hashes = [];
        for (var i = 0; i < payload[0]; i++)
            hashes.Add(Hash(payload[(1 + (i * (HeaderSize + 1)))..]));
        return hashes;
    }

    /// <summary>Reads the hash of the block that an inv announces; null if it announces none.</summary>
    private static byte[]? ReadBlock(ReadOnlySpan<byte> payload) =>
        payload.Length == 37 && BinaryPrimitives.ReadUInt32LittleEndian(payload[1..]) == (uint)InventoryType.Block ? payload[5..].ToArray() : null;

    private static byte[] Hash(ReadOnlySpan<byte> block) => SHA256.HashData(SHA256.HashData(block[..HeaderSize]));

    private static string Print(byte[] hash) => Convert.ToHexStringLower([.. hash.Reverse()]);
}
