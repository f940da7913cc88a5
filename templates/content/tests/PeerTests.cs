using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace MyPeers;

/// <summary>Tests of code that keeps connections, without a network, a real clock, or luck.</summary>
public sealed class PeerTests
{
    [Fact]
    public async Task Peer_ThatIsBackAfterAnHour_IsConnectedAgain()
    {
        var time = new FakeTimeProvider();
        await using var network = new MemoryNetwork(new() { TimeProvider = time, Seed = 1 });
        var home = IPEndPoint.Parse("1.2.3.4:8333");
        network.SetBehavior(home, HostBehavior.Refusing);
        await using var manager = new ConnectionManager(new() { Dial = network.DialAsync, TimeProvider = time });
        await manager.StartAsync(TestContext.Current.CancellationToken);

        var request = manager.Connect(home, permanent: true);
        await request.FirstOutcome; // Refused.
        time.Advance(TimeSpan.FromHours(1));
        network.SetBehavior(home, HostBehavior.Silent); // It accepts now and waits for the first message.
        while (request.State != ConnectionState.Established)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        await manager.StopAsync(TestContext.Current.CancellationToken);
        await network.DisposeAsync();
        network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Node_AmongHostilePeers_FindsItsPeers()
    {
        await using var sandbox = new SandboxNetwork(new() { Seed = 7, DeadShare = 0.5, HostileShare = 0.5 });
        var options = new PeerNetworkOptions();
        sandbox.Attach(options);
        await using var node = new PeerNetwork(options);

        await node.StartAsync(TestContext.Current.CancellationToken);
        await node.WhenFullAsync(TestContext.Current.CancellationToken);

        Assert.NotEmpty(node.Peers);
    }
}
