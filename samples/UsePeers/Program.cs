using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;

var options = new PeerNetworkOptions { Chain = ChainParameters.Mainnet };

// With the argument "sandbox": a Bitcoin network in memory, and an end after the first block.
var isSandbox = args is ["sandbox"];
await using var sandbox = isSandbox ? new SandboxNetwork(new() { BlockInterval = TimeSpan.FromSeconds(5) }) : null;
sandbox?.Attach(options);

await using var network = new PeerNetwork(options);

// snippet: subscribe
// Subscriptions begin and end at any time. Messages without a receiver are discarded as they arrive.
var announced = new TaskCompletionSource<BitcoinPeer>(TaskCreationOptions.RunContinuationsAsynchronously);
using var headers = network.Subscribe(MessageCommand.Headers, (peer, message, cancellationToken) =>
{
    announced.TrySetResult(peer);
    return ValueTask.CompletedTask;
});

// end
// snippet: watch
// The peers that are there, then each change.
async Task WatchAsync()
{
    await foreach (var change in network.WatchPeersAsync())
    {
        Console.WriteLine(change switch
        {
            PeerJoined => $"+ {change.Peer.RemoteEndPoint}  {change.Peer.Version.UserAgent}",
            PeerLeft left => $"- {change.Peer.RemoteEndPoint}  {left.Reason}",
            PeerMoved moved => $"  {change.Peer.RemoteEndPoint}  {moved.From} > {moved.To}",
            _ => "",
        });
    }
}

// end
await network.StartAsync();
var watching = WatchAsync();

// snippet: get
// Waits until a peer matches, and then picks one of those that do.
var tallest = await network.GetPeerAsync(static peer => peer.BestKnownHeight > 0, PeerPick.Rating);
Console.WriteLine($"{tallest.RemoteEndPoint} has {tallest.BestKnownHeight} blocks");

// No other lease has this peer until the end of the block.
using (var lease = await network.LeaseAsync(static peer => peer.Version.Services.HasFlag(NodeServices.Witness), PeerPick.Load))
    await lease.Peer.SendAsync(MessageCommand.SendHeaders, default);

// end
await network.WhenFullAsync();

// snippet: broadcast
var result = await network.BroadcastAsync(MessageCommand.SendHeaders, default, deadline: TimeSpan.FromSeconds(10));
Console.WriteLine($"{result.Taken.Length} peers took it");
foreach (var (peer, reason) in result.Missed)
    Console.WriteLine($"{peer.RemoteEndPoint} did not: {reason}");

// end
Console.WriteLine($"{(await announced.Task).RemoteEndPoint} announced the first block");
if (isSandbox)
    await network.StopAsync();
await watching;
