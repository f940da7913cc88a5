using System.Collections.Concurrent;
using NBitcoin;
using NBitcoin.Protocol;
using NBitcoin.Protocol.Behaviors;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Connmgr.Docs.Tests.Snippets.Migrations;

/// <summary>The program before, of docs/coming-from-nbitcoin.md. It is not run, because it would ask real seeds.</summary>
internal static class NodesGroupProgram
{
    public static async Task RunAsync(Network network, CancellationToken stop)
    {
        // snippet: before
        var blocks = new ConcurrentDictionary<uint256, byte>();
        var addresses = File.Exists("peers.dat") ? AddressManager.LoadPeerFile("peers.dat", network) : new AddressManager();
        var parameters = new NodeConnectionParameters { UserAgent = "/my-indexer:2.1/", IsRelay = false };
        parameters.TemplateBehaviors.Add(new AddressManagerBehavior(addresses) { PeersToDiscover = 10 });
        using var group = new NodesGroup(network, parameters, new NodeRequirement { RequiredServices = NodeServices.Network }) { MaximumNodeConnection = 8 };

        group.ConnectedNodes.Added += (_, added) =>
        {
            Console.WriteLine($"+ {added.Node.RemoteSocketEndpoint} {added.Node.PeerVersion.UserAgent}");
            added.Node.MessageReceived += OnMessage;
        };
        group.ConnectedNodes.Removed += (_, removed) => Console.WriteLine($"- {removed.Node.RemoteSocketEndpoint} {removed.Node.DisconnectReason?.Reason}");
        group.Connect();

        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMinutes(10), TimeProvider.System, stop);
                addresses.SavePeerFile("peers.dat", network);
            }
        }
        catch (OperationCanceledException)
        {
            group.Disconnect(); // Returns at once, while threads still run.
        }

        void OnMessage(Node node, IncomingMessage message)
        {
            if (message.Message.Payload is InvPayload inventory)
                _ = node.SendMessageAsync(new GetDataPayload([.. inventory.Where(static item => item.Type == Inventory.MSG_BLOCK)]));
            else if (message.Message.Payload is BlockPayload block && blocks.TryAdd(block.Object.GetHash(), 0))
                Console.WriteLine($"block {block.Object.GetHash()} from {node.RemoteSocketEndpoint}");
        }
        // end
    }
}
