using System.Threading.Channels;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Recipes of docs/cookbook.md about messages, and what peers do.</summary>
public sealed class MessagesTests
{
    [Fact]
    public async Task SendToAll_EmptyInventory_IsTaken()
    {
        byte[] payload = [0]; // An inventory of nothing.
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await StartAsync(sandbox);

        // snippet: send-to-all
        var result = await network.BroadcastAsync(MessageCommand.Inv, payload, where: peer => peer.Version.Relay, deadline: TimeSpan.FromSeconds(10));
        Console.WriteLine($"{result.Taken.Length} peers took it");
        foreach (var (peer, reason) in result.Missed)
            Console.WriteLine($"{peer.RemoteEndPoint} did not: {reason}");
        // end
        Assert.NotEmpty(result.Taken);
    }

    [Fact]
    public async Task Subscribe_Inventory_Arrives()
    {
        var count = 3;
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await StartAsync(sandbox);

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
        Assert.Equal(0, count);
    }

    [Fact]
    public async Task BestHeight_Sandbox_IsThatOfMostPeers()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await StartAsync(sandbox);

        // snippet: best-height
        // The height of the version message, raised by what your code learns: peer.ReportHeight(height) for a header that it has verified.
        var heights = network.Peers.Select(static peer => peer.BestKnownHeight).Order().ToArray();
        var best = heights is [] ? 0 : heights[heights.Length / 2]; // A single peer can claim anything; half of them seldom do.
        // end
        Assert.InRange(best, 1, sandbox.Height);
    }

    [Fact]
    public async Task WhyDisconnected_PeerThatWeClose_IsWrittenWithTheReason()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await StartAsync(sandbox);
        var written = new List<string>();
        var watch = WatchAsync();
        network.Peers[0].Close("an example");
        await network.GetPeerAsync().WaitAsync(Kitchen.Patience);
        await network.StopAsync();
        await watch.WaitAsync(Kitchen.Patience);
        Assert.Contains(written, static line => line.EndsWith("has left: Closed an example", StringComparison.Ordinal));

        async Task WatchAsync()
        {
            // snippet: why-disconnected
            await foreach (var change in network.WatchPeersAsync())
            {
                if (change is PeerLeft { Peer: var peer, Reason: var reason })
                    Write($"{peer.RemoteEndPoint} has left: {reason.Cause} {reason.Detail ?? reason.Exception?.Message}");
            }
            // end
        }

        void Write(string line) => written.Add(line);
    }

    [Fact]
    public async Task Bans_HostsOfAPeer_EndItsConnection()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await StartAsync(sandbox);
        var (bad, worse) = (network.Peers[0], network.Peers[1]);
        var address = ((System.Net.IPEndPoint)worse.RemoteEndPoint!).Address;
        var subnet = $"{address}/24";

        // snippet: ban
        bad.ReportMisbehavior(Misbehavior.InvalidData); // Misbehaviour that only your program can detect. The peer goes, and its host is discouraged.
        network.Bans.Add(BanTarget.Parse(subnet), TimeSpan.FromDays(7), comment: "floods"); // As in "192.0.2.0/24". Its connections end.
        // end
        await bad.Closed.WaitAsync(Kitchen.Patience);
        await worse.Closed.WaitAsync(Kitchen.Patience);
        Assert.True(network.Bans.TryFind(worse.RemoteEndPoint, out _));
    }

    private static async Task<PeerNetwork> StartAsync(SandboxNetwork sandbox)
    {
        var network = await Kitchen.StartAsync(sandbox, new() { TargetOutbound = 4 });
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        return network;
    }
}
