// snippet: sandbox
using Connmgr.Bitcoin;
using Connmgr.Testing;

// A Bitcoin network in memory: half of its addresses are dead, some of its hosts slow or hostile.
await using var sandbox = new SandboxNetwork();
var options = new PeerNetworkOptions { TargetOutbound = 8 };
sandbox.Attach(options);

await using var network = new PeerNetwork(options);
await network.StartAsync();
await network.WhenFullAsync();

foreach (var (peer, connection) in await network.GetPeersAsync())
    Console.WriteLine($"{connection.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
// end
