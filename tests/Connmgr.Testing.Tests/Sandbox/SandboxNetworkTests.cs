using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Testing.Tests;

public sealed class SandboxNetworkTests
{
    private static readonly IPEndPoint Ours = IPEndPoint.Parse("10.0.0.1:28555");

    [Fact]
    public async Task Listen_TimePasses_HostsDialInAndHandshake()
    {
        await using var box = new Box(options => options.VisitInterval = TimeSpan.FromSeconds(3));
        await using var listener = box.Sandbox.Listen(Ours);
        var accept = listener.AcceptAsync(CancellationToken.None).AsTask();
        Assert.False(accept.IsCompleted);

        box.Time.Advance(TimeSpan.FromSeconds(3));
        await using var stream = await accept.WaitAsync(Box.Patience);
        var remote = Assert.IsType<IPEndPoint>(Assert.IsType<MemoryNetworkStream>(stream).RemoteEndPoint);
        var handshake = box.Node.HandshakeAsync(stream, ConnectionDirection.Inbound, remote, CancellationToken.None);
        var peer = await handshake.AsTask().WaitAsync(Box.Patience);

        Assert.StartsWith("/", peer.Version.UserAgent, StringComparison.Ordinal);
        Assert.Contains(remote.Address, box.Sandbox.Hosts.Select(host => host.EndPoint.Address));
        Assert.Equal(Ours, listener.LocalEndPoint);
    }

    [Theory]
    [InlineData("seed-one.sandbox.invalid", 25, NodeServices.None)]
    [InlineData("x9.seed-two.sandbox.invalid", 20, NodeServices.Network | NodeServices.Witness)]
    [InlineData("x49.seed-one.sandbox.invalid", 10, NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters)]
    public async Task LookupAsync_ServicesInTheName_GivesHostsThatOfferThem(string name, int least, NodeServices services)
    {
        await using var box = new Box(static options => options.Peers = SandboxNetworkOptions.DefaultPeers);
        var looking = box.Sandbox.LookupAsync(name, CancellationToken.None).AsTask();
        box.Time.Advance(TimeSpan.FromSeconds(1));
        var answer = await looking.WaitAsync(Box.Patience);

        Assert.InRange(answer.Count, least, 25);
        foreach (var address in answer)
        {
            var host = box.Sandbox.Hosts.Single(host => host.EndPoint.Address.Equals(address));
            Assert.True(SandboxTraits.Create(host, new() { TimeProvider = box.Time }).Services.HasFlag(services));
        }
    }

    [Fact]
    public async Task Listen_ManyVisits_StopAtTheMostAndGoOnWhenSomeHaveLeft()
    {
        await using var box = new Box(options =>
        {
            (options.MaxVisitors, options.VisitInterval) = (2, TimeSpan.FromSeconds(1));
            options.RestlessLifetime = TimeSpan.FromMinutes(1);
        });
        await using var listener = box.Sandbox.Listen(Ours);

        Advance(10);
        Assert.Equal(2, box.Sandbox.Network.GetStatistics().DialsSucceeded);
        Stream[] first = [await listener.AcceptAsync(CancellationToken.None), await listener.AcceptAsync(CancellationToken.None)];
        foreach (var stream in first) await stream.DisposeAsync(); // A visit ends when it is closed, too.
        await Eventually.TrueAsync(() =>
        {
            Advance(1);
            return box.Sandbox.Network.GetStatistics().DialsSucceeded == 3;
        });
        await using var third = await listener.AcceptAsync(CancellationToken.None);

        void Advance(int seconds)
        {
            for (var i = 0; i < seconds; i++) box.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Listen_Disposed_EndsVisitsAndFreesTheAddress()
    {
        await using var box = new Box(options => options.VisitInterval = TimeSpan.FromSeconds(1));
        var listener = box.Sandbox.Listen(Ours);
        Assert.Throws<SocketException>(() => box.Sandbox.Listen(Ours));
        box.Time.Advance(TimeSpan.FromSeconds(1));
        await using var stream = await listener.AcceptAsync(CancellationToken.None);

        await listener.DisposeAsync();
        await listener.DisposeAsync();

        using var reader = new FrameReader(stream, SandboxNetwork.Chain);
        Assert.Equal(MessageCommand.Version, Assert.NotNull(await reader.ReadAsync()).Command);
        Assert.Null(await reader.ReadAsync());
        await using var again = box.Sandbox.Listen(Ours);
    }

    [Fact]
    public async Task DisposeAsync_EverythingUnderWay_LeavesNothing()
    {
        await using var box = new Box(options =>
        {
            (options.Peers, options.DeadShare, options.SlowShare, options.ResettingShare) = (200, 0.3, 0.2, 0.1);
            (options.SilentShare, options.RestlessShare, options.HostileShare) = (0.1, 0.2, 0.2);
            (options.SlowLatency, options.VisitInterval) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
            options.RestlessLifetime = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        });
        var listener = box.Sandbox.Listen(Ours);
        var lives = new List<Task>();
        foreach (var host in box.Sandbox.Hosts) lives.Add(LiveAsync(host.EndPoint));
        for (var i = 0; i < 20; i++) box.Time.Advance(TimeSpan.FromSeconds(1));

        await box.Sandbox.DisposeAsync();
        await Task.WhenAll(lives).WaitAsync(Box.Patience);
        var timers = box.Time.Timers;
        box.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(timers, box.Time.Timers);
        Assert.Throws<ObjectDisposedException>(() => box.Sandbox.Listen(Ours));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => box.DialAsync(box.Sandbox.Hosts[0].EndPoint));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync(CancellationToken.None).AsTask());
        Assert.True(box.Sandbox.Network.GetStatistics().ServicesStarted >= 140);

        async Task LiveAsync(EndPoint host)
        {
            try
            {
                await using var stream = await box.DialAsync(host);
                var peer = await box.HandshakeAsync(stream, host);
                await peer.RunAsync((_, _, _) => default, CancellationToken.None);
            }
            catch (Exception e) when (e is ConnectFailedException or BitcoinProtocolException or IOException or ObjectDisposedException)
            {
                // However it ended, it ended.
            }
        }
    }

    [Fact]
    public async Task DialAsync_TenThousandAddresses_CarriesThousandsOfPeers()
    {
        await using var box = new Box(options => options.Peers = 10_000);
        var streams = new List<Stream>();
        foreach (var host in box.Sandbox.Hosts.AsSpan(0, 2_000).ToArray())
        {
            streams.Add(await box.DialAsync(host.EndPoint));
            await box.HandshakeAsync(streams[^1], host.EndPoint);
        }

        Assert.Equal(2_000, box.Sandbox.Network.GetStatistics().ServicesRunning);
        await box.Sandbox.DisposeAsync();
        foreach (var stream in streams) await stream.DisposeAsync();
    }
}
