using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/bans.md.</summary>
internal static class Bans
{
    public static void Network(PeerNetwork network, Connection connection)
    {
        // snippet: network
        network.Bans.Add(BanTarget.Parse("192.0.2.0/24"), TimeSpan.FromDays(7), comment: "floods");
        network.Reputation.ReportMisbehavior(connection.RemoteEndPoint, Misbehavior.InvalidData);   // misbehaviour that only your program can detect
        // end
    }

    public static async Task ManagerAsync(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial)
    {
        // snippet: manager
        var reputation = new PeerReputation();
        var manager = new ConnectionManager(new() { Dial = dial, Gate = reputation.Evaluate });
        reputation.Bans.Changed += (_, change) => _ = manager.RecheckGateAsync();            // ends connections that a new ban matches
        using var measuring = reputation.Measure();                                          // bans and scores, under the meter Connmgr
        var (writer, loaded) = await BanListWriter.OpenAsync(reputation.Bans, "banlist.json");
        // end
        await writer.DisposeAsync();
        Assert.NotNull(loaded);
    }
}
