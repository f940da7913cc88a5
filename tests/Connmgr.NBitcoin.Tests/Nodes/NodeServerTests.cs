using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin.Tests;

/// <summary>A PeerNetwork against NBitcoin's own NodeServer on loopback, on chains with other magics, ports and versions.</summary>
public class NodeServerTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestNetworks.Names), MemberType = typeof(TestNetworks))]
    public async Task PeerNetwork_WithANodeServer_SpeaksItsPayloads_WithAndWithoutANode(string chain)
    {
        var network = TestNetworks.Get(chain);
        using var server = Listen(network);
        var inbound = Channel.CreateUnbounded<Payload>();
        server.MessageReceived += (_, message) => inbound.Writer.TryWrite(message.Message.Payload);
        var handled = new TaskCompletionSource<HeadersPayload>(TaskCreationOptions.RunContinuationsAsynchronously);
        var connected = new TaskCompletionSource<Node>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new PeerNetworkOptions
        {
            Chain = network.ToChainParameters() with { DnsSeeds = [], FixedSeeds = [] },
            TargetOutbound = 0,
            PermanentPeers = [new IPEndPoint(server.LocalEndpoint.Address.MapToIPv4(), server.LocalEndpoint.Port)],
            OnPeer = async (peer, token) =>
            {
                connected.TrySetResult(await peer.ToNodeAsync(network, cancellationToken: token));
                await peer.SendAsync(new GetHeadersPayload(), token);
            },
        };
        options.OnPayload<HeadersPayload>((_, payload, _) =>
        {
            handled.TrySetResult(payload);
            return ValueTask.CompletedTask;
        });
        await using var peers = new PeerNetwork(options);
        await peers.StartAsync(Cancellation);

        var node = await connected.Task.WaitAsync(Cancellation);
        using var listener = node.CreateListener();
        await ReceiveAsync<GetHeadersPayload>(inbound);
        var serverNode = Assert.Single(server.ConnectedNodes);
        var block = LargeBlock(network);
        await serverNode.SendMessageAsync(new HeadersPayload(network.GetGenesis().Header));
        await serverNode.SendMessageAsync(new BlockPayload(block));

        Assert.Equal(network.GenesisHash, Assert.Single((await handled.Task.WaitAsync(Cancellation)).Headers).GetHash());
        Assert.Equal(block.GetHash(), (await listener.ReceivePayloadAsync<BlockPayload>(Cancellation)).Object.GetHash());
        await node.SendMessageAsync(new TxPayload(block.Transactions[0]));
        Assert.Equal(block.Transactions[0].GetHash(), (await ReceiveAsync<TxPayload>(inbound)).Object.GetHash());

        await peers.StopAsync(Cancellation);
        await Eventually.TrueAsync(() => node.State is NodeState.Offline or NodeState.Failed);
    }

    private static async Task<T> ReceiveAsync<T>(Channel<Payload> payloads)
        where T : Payload
    {
        await foreach (var payload in payloads.Reader.ReadAllAsync(Cancellation))
        {
            if (payload is T wanted)
                return wanted;
        }

        throw new InvalidOperationException();
    }

    /// <summary>A block of about a megabyte.</summary>
    private static Block LargeBlock(Network network)
    {
        var block = network.Consensus.ConsensusFactory.CreateBlock();
        var transaction = network.CreateTransaction();
        transaction.Inputs.Add(new OutPoint(uint256.One, 0));
        for (var i = 0; i < 100; i++)
            transaction.Outputs.Add(Money.Zero, new Script(new byte[10_000]));
        block.AddTransaction(transaction);
        block.UpdateMerkleRoot();
        return block;
    }

    /// <summary>
    /// Listens on an address of this test alone, so that a port that was free stays so. From version 70016 on, NBitcoin's server sends
    /// sendaddrv2 after verack, for which Bitcoin Core and this library close the connection.
    /// </summary>
    private static NodeServer Listen(Network network)
    {
        var address = Loopback.NextAddress();
        int port;
        using (var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(address, 0));
            port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        var server = new NodeServer(network, version: 70015) { LocalEndpoint = new IPEndPoint(address, port) };
        server.Listen();
        return server;
    }
}
