using Connmgr.Bitcoin;

namespace UsePeers;

/// <summary>Announces a transaction of this program.</summary>
internal static class Announcer
{
    // snippet: announce
    /// <summary>Announces a transaction until three peers have fetched it, for a quarter of an hour at most.</summary>
    public static async Task<bool> AnnounceAsync(PeerNetwork network, byte[] txid, byte[] wtxid, byte[] transaction)
    {
        using var announcement = network.AnnounceTransaction(
            txid, wtxid, getTransaction: _ => new((ReadOnlyMemory<byte>?)transaction), duration: TimeSpan.FromMinutes(15));
        var count = 0;
        await foreach (var peer in announcement.WatchFetchesAsync())
        {
            Console.WriteLine($"{peer.RemoteEndPoint} fetched it");
            if (++count == 3)
                return true;
        }

        return false; // The time is over, or the network was stopped.
    }

    // end
    // snippet: private
    /// <summary>Sends a transaction through Tor or I2P, so that no peer learns that it comes from here.</summary>
    public static async Task SendPrivatelyAsync(PeerNetwork network, byte[] transaction)
    {
        var result = await network.BroadcastPrivatelyAsync(transaction);
        Console.WriteLine(result.IsReturned
            ? $"the network knows it, after {result.Recipients} peers took it"
            : $"{result.Recipients} peers took it, of {result.Attempts} that were tried");
    }

    // end
}
