using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace TestingYourNode;

/// <summary>Tests of code that keeps connections, without a network, a real clock, or luck.</summary>
public sealed class NodeTests
{
    // snippet: virtual-time
    [Fact]
    public async Task Peer_ThatIsBackAfterAnHour_IsConnectedAgain()
    {
        var time = new VirtualTime();
        await using var network = new MemoryNetwork(new() { TimeProvider = time, Seed = 1 });
        var home = IPEndPoint.Parse("1.2.3.4:8333");
        network.SetBehavior(home, HostBehavior.Refusing);
        await using var manager = new ConnectionManager(new() { Dial = network.DialAsync, TimeProvider = time });
        await manager.StartAsync();

        var request = manager.Connect(home, permanent: true);
        await time.AdvanceAsync(TimeSpan.FromHours(1)); // Dial after dial, each at its time.
        Assert.Equal(ConnectionState.Failing, request.State);
        network.SetBehavior(home, HostBehavior.Silent); // It accepts now and waits for the first message.
        await time.AdvanceUntilAsync(() => request.State == ConnectionState.Established, within: TimeSpan.FromMinutes(5));

        await manager.StopAsync();
        await network.DisposeAsync();
        network.EnsureNoLeaks();
    }
    // end

    // snippet: hostile
    [Fact]
    public async Task Node_AmongHostilePeers_IsFullAndBansThem()
    {
        await using var sandbox = new SandboxNetwork(new()
        {
            Seed = 7,
            DeadShare = 0.5,
            HostileShare = 0.5,
            RestlessLifetime = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200)), // The age at which hostile peers break the protocol.
        });
        var discouraged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new PeerNetworkOptions { OnViolation = (_, _) => discouraged.TrySetResult() };
        sandbox.Attach(options);
        await using var node = new PeerNetwork(options);

        await node.StartAsync();
        await node.WhenFullAsync();
        await discouraged.Task;

        Assert.All(await node.GetPeersAsync(), peer => Assert.NotEqual(NodeServices.None, peer.Peer.Version.Services));
    }
    // end
}
