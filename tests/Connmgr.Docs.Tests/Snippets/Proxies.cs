using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/tor.md.</summary>
internal static class Proxies
{
    public static async Task RunAsync()
    {
        // snippet: tor
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Mainnet,
            DataDirectory = "data",
            Proxies = new()
            {
                Rules = ProxyRules.All(new IPEndPoint(IPAddress.Loopback, 9050)),
                TorControl = new IPEndPoint(IPAddress.Loopback, 9051),
            },
        });
        // end
        await network.StartAsync();
    }
}
