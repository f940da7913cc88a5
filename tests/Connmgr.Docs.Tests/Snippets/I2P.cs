using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/i2p.md.</summary>
internal static class I2P
{
    public static async Task RunAsync()
    {
        // snippet: i2p
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Mainnet,
            DataDirectory = "data",
            Proxies = new() { I2PSam = new IPEndPoint(IPAddress.Loopback, 7656) },
        });
        // end
        await network.StartAsync();
    }
}
