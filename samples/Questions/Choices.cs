using System.Net;
using Connmgr;
using Connmgr.Bitcoin;

namespace Questions;

/// <summary>The options for peers of a kind.</summary>
internal static class Choices
{
    public static PeerNetworkOptions OnlyMine(EndPoint node, EndPoint backup)
    {
        // snippet: only-mine
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            TargetOutbound = 0, // No automatic peers, so no seeds and no address book.
            PermanentPeers = [node, backup], // An IPEndPoint, or a DnsEndPoint, whose name is resolved at each attempt.
        };
        // end
        return options;
    }

    public static PeerNetworkOptions WithServices()
    {
        // snippet: services
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            Protocol = new()
            {
                RequiredServices = NodeServices.Network | NodeServices.Witness, // The default; automatic peers need them.
                UserAgent = "/my-indexer:2.1/",
            },
        };
        // end
        return options;
    }

    public static PeerNetworkOptions WithoutDns(IPEndPoint known)
    {
        // snippet: no-dns
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet with { DnsSeeds = [] },
            SeedNodes = [known], // Asked for addresses while the book has none; then gossip fills it.
            DataDirectory = "peers", // The next start needs no seed.
        };
        // end
        return options;
    }

    public static async Task RunTwoChainsAsync(CancellationToken cancellationToken)
    {
        // snippet: two-chains
        await using var main = new PeerNetwork(new() { Chain = ChainParameters.Mainnet, DataDirectory = "peers" });
        await using var test = new PeerNetwork(new() { Chain = ChainParameters.Testnet4, DataDirectory = "peers" }); // Each chain has a folder in it.
        await Task.WhenAll(main.StartAsync(cancellationToken), test.StartAsync(cancellationToken));
        // end
        await Task.WhenAll(main.Completion, test.Completion);
    }
}
