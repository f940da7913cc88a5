using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>The recipe of docs/cookbook.md for tests in virtual time. Alone, because work of other tests would delay the rest that it waits for.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class VirtualTimeTests
{
    // snippet: virtual-time
    [Fact]
    public async Task Network_AmongRestlessPeers_KeepsEight()
    {
        var time = new VirtualTime();
        await using var sandbox = new SandboxNetwork(new() { TimeProvider = time, Peers = 60, Seed = 1 });
        var options = new PeerNetworkOptions();
        sandbox.Attach(options);
        await using var network = new PeerNetwork(options);
        await network.StartAsync();

        await time.AdvanceUntilAsync(() => network.Peers.Length == 8, within: TimeSpan.FromMinutes(5));
        await time.AdvanceAsync(TimeSpan.FromMinutes(10)); // Peers leave, and others take their places.
        Assert.Equal(8, network.Peers.Length);
    }
    // end
}
