using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using NBitcoin.Protocol.Behaviors;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/coming-from-nbitcoin.md and of the README of Connmgr.NBitcoin. It is not run, because it would ask real seeds.</summary>
internal static class ComingFromNBitcoin
{
    public static async Task ReadHeadersAsync()
    {
        // snippet: payloads
        var network = Network.Main; // Or another chain's, from NBitcoin.Altcoins.
        var options = new PeerNetworkOptions
        {
            Chain = network.ToChainParameters(),
            OnPeer = (peer, token) => peer.SendAsync(new GetHeadersPayload(new BlockLocator { Blocks = { network.GenesisHash } }), token),
        };
        options
            .OnPayload<HeadersPayload>((peer, payload, token) =>
            {
                Console.WriteLine($"{peer.RemoteEndPoint}: {payload.Headers.Count} headers");
                return ValueTask.CompletedTask;
            })
            .OnPayload<InvPayload>(async (peer, payload, token) => await peer.SendAsync(new GetDataPayload([.. payload.Inventory]), token));

        await using var peers = new PeerNetwork(options);
        await peers.StartAsync();
        // end
    }

    public static PeerNetworkOptions CreateOptions(Network network)
    {
        // snippet: size
        var chain = network.ToChainParameters() with { MaxPayloadLength = 32_000_000 };
        var options = new PeerNetworkOptions { Chain = chain };
        // end
        return options;
    }

    public static void KeepNodes(Network network, ConcurrentChain chain, PeerNetworkOptions options)
    {
        // snippet: nodes
        var nodes = new NodesCollection(); // In place of NodesGroup.ConnectedNodes.
        var parameters = new NodeConnectionParameters { TemplateBehaviors = { new ChainBehavior(chain) } };
        options.OnPeer = async (peer, token) => nodes.Add(await peer.ToNodeAsync(network, parameters, token));
        // end
    }
}
