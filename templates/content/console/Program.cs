#if (!sandbox)
using Connmgr;
#endif
using Connmgr.Bitcoin;
#if (sandbox)
using Connmgr.Testing;
#endif

#if (sandbox)
// A Bitcoin network in memory. For a real one: dotnet new connmgr-console --chain mainnet
await using var sandbox = new SandboxNetwork();
var options = new PeerNetworkOptions();
sandbox.Attach(options);
#else
var options = new PeerNetworkOptions
{
    Chain = ChainParameters.CHAIN_NAME,
    DataDirectory = "peers", // Keeps the addresses that it learns, and bans.
};
#endif

using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // Ends in an orderly way instead.
    end.Cancel();
};

// Finds peers, performs handshakes, and keeps 8 connected.
await using var network = new PeerNetwork(options);
await using var changes = network.WatchPeersAsync(end.Token).GetAsyncEnumerator();
await network.StartAsync();
var untilFull = args is ["--until-full"];
try
{
    while (await changes.MoveNextAsync())
    {
        Console.WriteLine(changes.Current switch
        {
            PeerJoined { Peer: var peer } => $"+ {peer.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}",
            PeerLeft { Peer: var peer, Reason: var reason } => $"- {peer.RemoteEndPoint}  {reason}",
            var other => other.ToString(),
        });
        if (untilFull && network.Peers.Length >= options.TargetOutbound)
            break;
    }
}
catch (OperationCanceledException)
{
    // Ctrl+C.
}
