using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>
/// The measurements of a network apart from those of its connections. In real time; every wait is for a state, with the test's deadline.
/// </summary>
public sealed class NetworkMetricsTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly MeterRecorder _recorder = new();

    public void Dispose() => _recorder.Dispose();

    [Fact]
    public async Task Network_ThatFillsItself_MeasuresBookSeedsGossipAndTraffic()
    {
        await using var world = new BookedSandbox();
        await using var network = await FullAsync(world.Options(), "test");
        await Eventually.TrueAsync(() => network.GetStatistics() is { Gossip.Accepted: > 0, Seeds.Length: 2 }); // It may be full before the second seed answers.

        _recorder.Collect();
        Assert.Equal(50, _recorder.Sum("connmgr.addresses.sourced", ("connmgr.address.source", "dns")));
        Assert.Equal(0, _recorder.Sum("connmgr.addresses.sourced", ("connmgr.address.source", "fixed")));
        Assert.InRange(_recorder.Sum("connmgr.addresses.sourced", ("connmgr.address.source", "gossip")), 1, long.MaxValue);
        Assert.InRange(_recorder.Sum("connmgr.addresses", ("connmgr.address.table", "tried"), ("connmgr.instance", "test")), BookedSandbox.LeastTried, 80);
        Assert.Equal(2, _recorder.Sum("connmgr.dns_seed.lookups", ("connmgr.outcome", "success"), ("connmgr.instance", "test")));
        Assert.Equal(8, _recorder.Sum("connmgr.connections", ("connmgr.connection.kind", "automatic"), ("connmgr.connection.state", "established")));
        await network.StopAsync(Cancellation);
        Assert.DoesNotContain(_recorder.Collect().All, static series => series.Instrument.IsObservable);
    }

    /// <summary>Counts each byte once, whether the peer ran, failed in its handshake, or did not run after it (a feeler).</summary>
    [Fact]
    public async Task Traffic_OfAllPeers_IsWhatTheNetworkCarried()
    {
        await using var world = new BookedSandbox(static options => options.HostileShare = 0.3);
        var counts = new CountedStream.Counts();
        var options = world.Options();
        options.Dial = async (endPoint, token) => new CountedStream(await world.Sandbox.DialAsync(endPoint, token), counts);
        await using var network = await FullAsync(options, name: null);
        var host = world.Sandbox.Hosts.First(static host => host.Kind == SandboxHostKind.Live).EndPoint;
        var idle = await options.Dial(host, Cancellation);
        await network.Protocol.HandshakeAsync(idle, ConnectionDirection.Outbound, host, Cancellation);
        await idle.DisposeAsync();
        await network.StopAsync(Cancellation);
        Assert.Equal(counts.Read, network.Protocol.Traffic.Received);
        Assert.Equal(counts.Written, network.Protocol.Traffic.Sent);
        Assert.InRange(counts.Read, 8 * 100, long.MaxValue);
    }

    private async Task<PeerNetwork> FullAsync(PeerNetworkOptions options, string? name)
    {
        (options.MeterFactory, options.InstanceName) = (_recorder, name);
        var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        return network;
    }
}
