// snippet: peers
using Connmgr;
using Connmgr.Bitcoin;

// end
using Connmgr.Testing;

// snippet: peers
var options = new PeerNetworkOptions { Chain = ChainParameters.Mainnet };

// end
// With the argument "sandbox": a Bitcoin network in memory instead.
await using var sandbox = args is ["sandbox"] ? new SandboxNetwork() : null;
sandbox?.Attach(options);

// snippet: peers
// Finds peers of a chain through its DNS seeds, dials them, performs handshakes, and keeps 8 connected.
await using var network = new PeerNetwork(options);
await network.StartAsync();
await network.WhenFullAsync();

foreach (var (peer, connection) in await network.GetPeersAsync())
    Console.WriteLine($"{connection.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
// end
