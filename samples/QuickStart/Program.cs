using Connmgr;
using Connmgr.Bitcoin;

// Good peers of a chain: found through its DNS seeds, dialled, shaken hands with, kept at 8.
await using var network = new PeerNetwork(new() { Chain = ChainParameters.Mainnet });
await network.StartAsync();
await network.WhenFullAsync();

foreach (var (peer, connection) in await network.GetPeersAsync())
    Console.WriteLine($"{connection.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
