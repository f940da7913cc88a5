using System.Net;
using Connmgr.NBitcoin;
using Indexer;
using NBitcoin;
using Samples;

// Follows one node of a chain: dotnet run -- HOST:PORT, for a node of Bitcoin's test network regtest. With the argument "sandbox", a node in memory of a chain with other parameters, which ends the connection
// once, and mines a block.
var isSandbox = args is ["sandbox"];
if (!isSandbox && args is not [_])
{
    Console.WriteLine("usage: TrustedNode HOST:PORT | sandbox");
    return 2;
}

var network = isSandbox ? OtherChain.Create() : Network.RegTest;
var address = IPEndPoint.Parse(isSandbox ? "10.0.0.5:29333" : args[0]);
await using var nodes = isSandbox ? new NodesInMemory(network, network.ToChainParameters(), blocks: 100) : null;
nodes?.Add(address);

await using var node = new TrustedNode(network, address, options => nodes?.Attach(options));
await node.StartAsync();

var chain = new SlimChain(network.GenesisHash);
await foreach (var block in node.FollowAsync(chain))
{
    Console.WriteLine($"block {chain.Height} {block.GetHash()}: {block.Transactions.Count} transactions");
    if (chain.Height == 40)
        nodes?.CloseConnections(address);
    else if (nodes is not null && chain.Height == 100)
        await nodes.MineAsync();
    else if (nodes is not null && chain.Height == 101)
        break;
}

return 0;
