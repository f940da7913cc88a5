using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Questions;

/// <summary>The use of connected peers.</summary>
internal static class Conversations
{
    public static async Task TellWhyPeersLeaveAsync(PeerNetwork network)
    {
        // snippet: why-disconnected
        await foreach (var change in network.WatchPeersAsync())
        {
            if (change is PeerLeft { Peer: var peer, Reason: var reason })
                Console.WriteLine($"{peer.RemoteEndPoint} has left: {reason.Cause} {reason.Detail ?? reason.Exception?.Message}");
        }
        // end
    }

    public static async Task RotateAsync(PeerNetwork network)
    {
        // snippet: rotate
        // The two worst by their rating; each goes when its successor has come, so there are never fewer peers.
        var replaced = await network.RotateAsync("default", count: 2, within: TimeSpan.FromMinutes(1));
        // end
        Console.WriteLine($"{replaced} peers replaced");
    }

    public static async Task SendToAllAsync(PeerNetwork network, byte[] payload)
    {
        // snippet: send-to-all
        var result = await network.BroadcastAsync(MessageCommand.Inv, payload, where: peer => peer.Version.Relay, deadline: TimeSpan.FromSeconds(10));
        Console.WriteLine($"{result.Taken.Length} peers took it");
        foreach (var (peer, reason) in result.Missed)
            Console.WriteLine($"{peer.RemoteEndPoint} did not: {reason}");
        // end
    }

    public static async Task ReceiveFromAllAsync(PeerNetwork network, int count)
    {
        // snippet: subscribe
        var messages = Channel.CreateBounded<(BitcoinPeer Peer, byte[] Payload)>(100);
        using var subscription = network.Subscribe(MessageCommand.Inv, (peer, message, token) =>
            messages.Writer.WriteAsync((peer, message.Payload.ToArray()), token)); // While the channel is full, nothing more is read from this peer.

        await foreach (var (peer, payload) in messages.Reader.ReadAllAsync())
        {
            Console.WriteLine($"{peer.RemoteEndPoint}: {payload.Length} bytes of inventory");
            if (--count == 0)
                break;
        }
        // end
    }

    public static int GetBestHeight(PeerNetwork network)
    {
        // snippet: best-height
        // The height of the version message, raised by what your code learns: peer.ReportHeight(height) for a header that it has verified.
        var heights = network.Peers.Select(static peer => peer.BestKnownHeight).Order().ToArray();
        var best = heights is [] ? 0 : heights[heights.Length / 2]; // A single peer can claim anything; half of them seldom do.
        // end
        return best;
    }
}
