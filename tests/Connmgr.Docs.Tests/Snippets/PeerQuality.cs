using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/peer-quality.md.</summary>
internal static class PeerQuality
{
    public static void Rating(PeerNetworkOptions options, PeerNetwork network, BitcoinPeer peer)
    {
        // snippet: rating
        options.GetRating = static known =>
        {
            var rating = PeerRating.FromFacts(known);
            var serves = known.Services.HasFlag(NodeServices.CompactFilters) ? 30 : 0;
            return new PeerRating(rating.Reasons.Add(new("filters", serves)));
        };
        // end
        // snippet: show
        Console.WriteLine(network.GetFacts(peer));
        Console.WriteLine(network.GetRating(peer)); // 44.4: ping 16.0, connect 2.5, stayed 20.0, ...
        // end
    }

    public static async Task ReplaceAsync(PeerNetworkOptions options, PeerNetwork network, BitcoinPeer peer)
    {
        // snippet: upgrade
        options.Policies = new PeerPolicies { Upgrade = new PeerUpgrade { MinGain = 20 } };
        // end
        // snippet: replace
        var isReplaced = await network.ReplaceAsync(
            peer, isBetter: static other => other.Version.Services.HasFlag(NodeServices.CompactFilters), within: TimeSpan.FromMinutes(2));
        var rotated = await network.RotateAsync("default", count: 2, within: TimeSpan.FromMinutes(5));
        // end
        Assert.True(isReplaced);
        Assert.Equal(2, rotated);
    }

    public static void ReportStaleTip(PeerNetworkOptions options, PeerNetwork network, TimeProvider timeProvider, long lastBlock)
    {
        // snippet: stale
        options.Groups = [.. PeerGroup.FullNode()];
        options.Policies = new PeerPolicies { ExtraBlockRelayInterval = TimeSpan.FromMinutes(5) }; // The default.

        if (timeProvider.GetElapsedTime(lastBlock) > TimeSpan.FromMinutes(30))
            network.ReportStaleTip();
        // end
    }

    public static void Quarantine(PeerNetworkOptions options, PeerNetwork network)
    {
        // snippet: release
        foreach (var resting in network.Quarantine.GetResting().Where(static resting => resting.Times < 3))
            network.Quarantine.Release(resting.EndPoint);
        // end
        // snippet: quarantine
        options.Policies = new PeerPolicies
        {
            Quarantine = new PeerQuarantine { LeavesWithin = TimeSpan.FromMinutes(1), FirstRest = TimeSpan.FromMinutes(10) },
        };
        // end
    }
}
