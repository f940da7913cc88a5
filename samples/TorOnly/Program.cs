using System.Net;
using Connmgr;
using Connmgr.Bitcoin;

// Peers through Tor alone: no dial, look-up or listener bypasses it. The argument is the address of Tor's SOCKS port. When the port can't be reached,
// the program reports that and ends with exit code 1.
var tor = IPEndPoint.Parse(args is [var given] ? given : "127.0.0.1:9050");

// snippet: options
var options = new PeerNetworkOptions
{
    Chain = ChainParameters.Mainnet,
    Proxies = new PeerNetworkProxies
    {
        Rules = ProxyRules.All(tor), // Addresses of every network, and names: DNS seeds are looked up by Tor.
        OnlyNetworks = AddressNetworks.TorV3 | AddressNetworks.IPv4 | AddressNetworks.IPv6, // With TorV3 alone, no exit sees anything.
        Socks5 = new Socks5DialerOptions { RequireIsolation = true }, // A circuit for each connection, or none at all.
    },
};
// end

// snippet: unreachable
await using var network = new PeerNetwork(options);
await network.StartAsync();
var unreachable = WhenProxyIsUnreachableAsync();
if (await Task.WhenAny(network.WhenFullAsync(), unreachable) == unreachable)
{
    Console.Error.WriteLine($"Tor can't be reached at {tor}. Start it, or give the address of its SOCKS port as the argument.");
    return 1;
}

foreach (var (peer, connection) in await network.GetPeersAsync())
    Console.WriteLine($"{connection.RemoteEndPoint}  {peer.Version.UserAgent}  height {peer.Version.StartHeight}");
return 0;

async Task WhenProxyIsUnreachableAsync()
{
    await foreach (var happened in network.Connections.WatchAsync())
    {
        if (happened is AttemptFailed { Outcome.Cause: ConnectFailureCause.ProxyUnreachable })
            return;
    }
}
// end
