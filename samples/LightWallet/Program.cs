using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using LightWallet;

// A light wallet needs a few peers of different owners that serve what it requests, and trusts none of them alone.
// With the argument "sandbox" it uses a Bitcoin network in memory, and ends once peers agree on a block.
var isSandbox = args is ["sandbox"];
var tips = new TipVotes(needed: 2);

// snippet: options
var options = new PeerNetworkOptions
{
    Chain = ChainParameters.Mainnet,
    Groups = [.. PeerGroup.LightWallet(target: 6, filters: 3)], // Three of the six serve compact filters.
    DataDirectory = isSandbox ? null : "wallet-peers", // The next start finds the same peers within a second.
    Protocol = new BitcoinPeerOptions
    {
        UserAgent = "/light-wallet:1.0/",
        RequiredServices = NodeServices.Network | NodeServices.Witness,
        Relay = false, // No unconfirmed transactions of others: they cost a phone data volume.
    },
    OnPeer = (peer, _) =>
    {
        Console.WriteLine($"+ {peer.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
        return ValueTask.CompletedTask;
    },
    OnMessage = (peer, message, _) =>
    {
        foreach (var block in Inventory.GetBlocks(message))
            tips.Vote(block, Netgroup.FromEndPoint(peer.RemoteEndPoint!));
        return ValueTask.CompletedTask;
    },
};
// end

await using var sandbox = isSandbox ? new SandboxNetwork(new() { BlockInterval = TimeSpan.FromSeconds(2) }) : null;
sandbox?.Attach(options);

await using var network = new PeerNetwork(options);
await network.StartAsync();

// snippet: agreement
while (true)
{
    // A wallet continues here: it requests headers and filters, and verifies the proof of work.
    var block = await tips.NextAsync();
    Console.WriteLine($"block {block}: announced by peers of two netgroups");
    if (isSandbox)
        break;
}
// end
