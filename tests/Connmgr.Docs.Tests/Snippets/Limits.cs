using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/limits.md.</summary>
internal static class Limits
{
    public static void Options(ConnectionManagerOptions options)
    {
        // snippet: options
        options.MaxInbound = 60;
        options.InboundLimits.MaxPerHost = 4;
        options.InboundLimits.AllowList = [AllowedRange.Parse("noban@192.168.0.0/16"), AllowedRange.Parse("203.0.113.7")];
        // end
    }

    public static void Receiving(PeerNetworkOptions options, BitcoinPeerOptions protocol)
    {
        // snippet: receiving
        options.MessageCommands = [new("inv"), new("headers"), new("block")];
        protocol.ReceiveBudget = 32 * 1024 * 1024;
        // end
    }

    public static void Worth(Connection connection)
    {
        // snippet: worth
        connection.ReportUsefulBlock();   // It was the first to send a valid block.
        connection.ReportUsefulTransaction();   // It sent a transaction that was accepted.
        connection.Protect("pinned");   // It is never evicted.
        // end
    }

    public static void Listener(IPEndPoint endPoint)
    {
        // snippet: listener
        TcpConnectionListener.Listen(endPoint, profile: new() { Permissions = ConnectionPermissions.NoBan });
        // end
    }
}
