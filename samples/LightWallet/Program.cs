using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using LightWallet;

// A light wallet wants few peers that serve what it asks for, in different hands, and believes none of them alone.
// With the argument "sandbox" it lives on a Bitcoin network in memory, and ends once a block is agreed upon.
var isSandbox = args is ["sandbox"];
var tips = new TipVotes(needed: 2);

// snippet: options
var options = new PeerNetworkOptions
{
    Chain = ChainParameters.Mainnet,
    TargetOutbound = 4,
    DataDirectory = isSandbox ? null : "wallet-peers", // The same peers next time, found in a second.
    Protocol = new BitcoinPeerOptions
    {
        UserAgent = "/light-wallet:1.0/",
        RequiredServices = NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters,
        Relay = false, // No transactions of others: a phone pays for its bytes.
    },
    OnPeer = (peer, _) =>
    {
        Console.WriteLine($"+ {peer.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
        return ValueTask.CompletedTask;
    },
    OnMessage = (peer, message, _) =>
    {
        foreach (var block in Inventory.BlocksOf(message))
            tips.Vote(block, Netgroup.Of(peer.RemoteEndPoint!));
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
    // From here a wallet asks for headers and filters, and verifies the proof of work itself.
    var block = await tips.NextAsync();
    Console.WriteLine($"block {block}: told by peers of two netgroups");
    if (isSandbox)
        break;
}
// end
