using System.Net;
using Connmgr.Bitcoin;
using Connmgr.NBitcoin;
using NBitcoin;
using Samples;
using Wallet;
using Services = Connmgr.Bitcoin.NodeServices;

// A wallet's peers on Bitcoin's main network; "tor" as an argument reaches them through the Tor of this machine. With the argument "sandbox" it runs in memory, where half of the addresses are dead, some nodes leave
// at once, some keep their blocks to themselves and some change them; it ends once it has the peers and ten blocks.
var isSandbox = args is ["sandbox"];
var network = isSandbox ? Network.RegTest : Network.Main;
await using var nodes = isSandbox ? new NodesInMemory(network, network.ToChainParameters(), blocks: 10) : null;
nodes?.AddCrowd(300);

await using var wallet = new WalletPeers(
    network,
    dataDirectory: isSandbox ? null : "wallet-peers",
    tor: args is ["tor"] ? new IPEndPoint(IPAddress.Loopback, 9050) : null,
    configure: options => nodes?.Attach(options));
await wallet.StartAsync();

var peers = new HashSet<BitcoinPeer>();
await foreach (var change in wallet.WatchAsync())
{
    Console.WriteLine(change switch
    {
        PeerLeft left => $"- {change.Peer.RemoteEndPoint}: {left.Reason}",
        PeerMoved moved => $"  {change.Peer.RemoteEndPoint} moves from {moved.From} to {moved.To}",
        _ => $"+ {change.Peer.RemoteEndPoint}: {change.Peer.Version.Services}",
    });
    if (change is PeerJoined)
        peers.Add(change.Peer);
    else if (change is PeerLeft)
        peers.Remove(change.Peer);
    if (nodes is not null && peers.Count == 12 && peers.Count(static peer => peer.Version.Services.HasFlag(Services.CompactFilters)) >= 5)
        break;
}

if (nodes is not null)
{
    foreach (var block in nodes.Blocks.Skip(1))
        Console.WriteLine($"block {(await wallet.DownloadBlockAsync(block.GetHash(), CancellationToken.None)).GetHash()}");
    Console.WriteLine($"{peers.Count} peers and {nodes.Blocks.Count - 1} blocks");
}
