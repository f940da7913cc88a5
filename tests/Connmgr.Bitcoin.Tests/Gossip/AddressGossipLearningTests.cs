using System.Net;

namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>Addresses that peers send.</summary>
public sealed class AddressGossipLearningTests
{
    private const ConnectionDirection Inbound = ConnectionDirection.Inbound;
    private const ConnectionDirection Outbound = ConnectionDirection.Outbound;

    /// <summary>The time after which a test that would otherwise hang fails.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Outbound, true, "getaddr")]
    [InlineData(Outbound, false, "")]
    [InlineData(Inbound, true, "")]
    public async Task BeginAsync_AsksOutboundPeersOnce_AndInboundNever(ConnectionDirection direction, bool asks, string heard)
    {
        var world = new GossipWorld(options => options.AskOutboundPeers = asks);
        var peer = await world.JoinAsync(direction);
        await peer.BeginAsync();
        await peer.BeginAsync();
        Assert.Equal(heard, string.Join(' ', await peer.HeardCommandsAsync()));
    }

    /// <summary>Uses the figures of Bitcoin Core's functional test.</summary>
    [Theory]
    [InlineData(Inbound, 600, 1)]
    [InlineData(Outbound, 1200, 1001)]
    public async Task HandleAsync_MoreThanAPeerMayTell_IsLimited(ConnectionDirection direction, int told, int taken)
    {
        var world = new GossipWorld();
        var peer = await (await world.JoinAsync(direction)).BeginAsync();

        for (var from = 0; from < told; from += 600)
            Assert.True(await peer.SaysAsync("addrv2", world.Tell(600, from)));
        Assert.Equal(Expected(told, taken), Known(peer.Session.Counts));
        world.Time.Advance(TimeSpan.FromSeconds(100));
        await peer.SaysAsync("addrv2", world.Tell(600, told));
        Assert.Equal(Expected(told + 600, taken + 10), Known(peer.Session.Counts));
        world.Time.Advance(TimeSpan.FromSeconds(1000));
        await peer.SaysAsync("addrv2", world.Tell(600, told + 600));
        Assert.Equal(Expected(told + 1200, taken + 110), Known(peer.Session.Counts));

        Assert.Equal(peer.Session.Counts, world.Gossip.Counts);
        Assert.Equal(peer.Session.Counts.Stored, world.Book.Count);

        static GossipCounts Expected(int received, int accepted) =>
            new() { Received = received, Accepted = accepted, Limited = received - accepted };

        static GossipCounts Known(GossipCounts counts) => counts with { Stored = 0 };
    }

    [Fact]
    public async Task HandleAsync_MoreThanAPeerMayTell_TakesAnyOfThem()
    {
        var world = new GossipWorld();
        for (var peers = 0; peers < 60; peers++)
            await (await world.JoinAsync(Inbound)).SaysAsync("addrv2", world.Tell(10));
        Assert.Equal((10, 60), (world.Book.Count, world.Gossip.Counts.Accepted));
    }

    [Fact]
    public async Task HandleAsync_ANewAddress_IsHeldTwoHoursOlderThanSaid_WithThePeerAsSource()
    {
        var world = new GossipWorld();
        var seen = GossipWorld.Start.AddHours(-1);
        var peer = await world.JoinAsync(Inbound, "60.1.2.3:8333");
        await peer.SaysAsync("addrv2", GossipWorld.Tell(GossipGen.Node("1.2.3.4:8333", seen)));
        var entry = Assert.Single(world.Book.GetEntries());
        Assert.Equal(
            ("1.2.3.4:8333", seen.AddHours(-2), "60.1.2.3"), (entry.EndPoint.ToString(), entry.Address.LastSeen, entry.Source.ToString()));

        var itself = await world.JoinAsync(Inbound, "60.5.6.7:8333");
        await itself.SaysAsync("addr", TellV1(GossipGen.Node("60.5.6.7:8333", seen)));
        Assert.True(world.Book.TryGet(NetworkEndPoint.Parse("60.5.6.7:8333"), out entry));
        Assert.Equal(seen, entry.Address.LastSeen);
    }

    [Fact]
    public async Task HandleAsync_UselessAddresses_AreDropped()
    {
        var world = new GossipWorld(options => options.IsBanned = address => address == GossipGen.Of("1.2.3.9"));
        var peer = await (await world.JoinAsync(Outbound)).BeginAsync();
        var good = GossipGen.Node("1.2.3.4:8333", GossipWorld.Start);
        var onion = GossipGen.Onion(1);
        PeerAddress[] told =
        [
            good,
            GossipGen.Node("127.0.0.1:8333", GossipWorld.Start),
            GossipGen.Node("192.168.1.1:8333", GossipWorld.Start),
            GossipGen.Node("1.2.3.9:8333", GossipWorld.Start), // Banned.
            good with { EndPoint = onion }, // Out of reach.
            good with { EndPoint = NetworkEndPoint.Parse("1.2.3.5:8333"), Services = (ulong)NodeServices.Witness },
        ];
        var payload = GossipWorld.Tell(told);
        payload[0]++;

        // And one of a network that is not known.
        await peer.SaysAsync("addrv2", [.. payload, 0, 0, 0, 0, 0, 99, 1, 1, 0, 1]);

        Assert.Equal(new GossipCounts { Received = 7, Accepted = 1, Dropped = 6, Stored = 1 }, peer.Session.Counts);
        Assert.Equal("1.2.3.4:8333", Assert.Single(world.Book.GetEntries()).EndPoint.ToString());

        var withTor = new GossipWorld(options => options.ReachableNetworks = AddressNetworks.TorV3);
        await (await withTor.JoinAsync(Inbound)).SaysAsync("addrv2", GossipWorld.Tell(good with { EndPoint = onion }));
        Assert.Equal(onion, Assert.Single(withTor.Book.GetEntries()).EndPoint);
    }

    [Fact]
    public async Task HandleAsync_ABrokenMessage_ThrowsTheViolationAndTakesNothing()
    {
        var world = new GossipWorld();
        var peer = await (await world.JoinAsync(Outbound)).BeginAsync();
        var payload = world.Tell(5);
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(async () => await peer.SaysAsync("addrv2", payload[..^1]));
        Assert.Equal(ProtocolViolation.BadPayload, e.Violation);
        e = await Assert.ThrowsAsync<BitcoinProtocolException>(async () => await peer.SaysAsync("addr", [0xfd, 0xe9, 0x03, .. new byte[30 * 1001]]));
        Assert.Equal(ProtocolViolation.TooManyAddresses, e.Violation);
        Assert.Equal((default, 0), (peer.Session.Counts, world.Book.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HandleAsync_SaysWhatIsLeftToTheUser(bool passOn)
    {
        var world = new GossipWorld(options => options.ForwardMessages = passOn);
        world.Fill(100);
        var peer = await world.JoinAsync(Inbound);
        Assert.Equal(!passOn, await peer.SaysAsync("addr", 0));
        Assert.Equal(!passOn, await peer.SaysAsync("addrv2", 0));
        Assert.Equal(!passOn, await peer.SaysAsync("getaddr"));
        Assert.Equal(!passOn, await peer.SaysAsync("getaddr"));
        Assert.False(await peer.SaysAsync("inv", 0));
        Assert.False(await peer.SaysAsync("sendheaders"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("host.example")]
    public async Task Join_APeerWithoutAnAddress_StillHasASourceGroup(string? host)
    {
        var world = new GossipWorld();
        var (peer, _) = await world.ConnectAsync(Outbound, host is null ? null : new DnsEndPoint(host, 8333));
        await world.Gossip.Attach(peer).HandleAsync(new(MessageCommand.AddrV2, world.Tell(1)), Ct);
        Assert.Equal(AddressNetwork.Internal, Assert.Single(world.Book.GetEntries()).Source.Network);
    }

    [Fact]
    public async Task FetchAsync_OneAddressKeepsTheConnection_TwoEndIt()
    {
        var world = new GossipWorld();
        var (peer, stream) = await world.ConnectAsync(Outbound, IPEndPoint.Parse("60.1.2.3:8333"));
        var fetch = world.Gossip.FetchAsync(peer, Ct);
        stream.Feed(Frames.Of("inv", 1)).Feed(Frames.Of("addrv2", world.Tell(1))).Feed(Frames.Of("ping", new byte[8]));
        while ((await Frames.CommandsAsync(stream.Written)).IndexOf("pong") < 0)
        {
            Assert.False(fetch.IsCompleted);
            await Task.Yield();
        }


        Assert.Equal(2, world.Time.Timers); // The deadline and the pings: it takes no part in what is passed on.
        stream.Feed(Frames.Of("addrv2", world.Tell(2, from: 1))).Feed(Frames.Of("addrv2", world.Tell(5, from: 3)));
        var counts = await fetch.WaitAsync(Patience, Ct);

        Assert.Equal((3, 3), (counts.Accepted, world.Book.Count));
        Assert.Single(await Frames.CommandsAsync(stream.Written), command => command is "getaddr");
    }

    [Fact]
    public async Task FetchAsync_ASilentPeer_IsGivenUpAfterFiveMinutes()
    {
        var world = new GossipWorld(options => options.AskOutboundPeers = false);
        var (peer, stream) = await world.ConnectAsync(Outbound, IPEndPoint.Parse("60.1.2.3:8333"));
        var fetch = world.Gossip.FetchAsync(peer, Ct);
        await stream.Idle;
        Assert.Single(await Frames.CommandsAsync(stream.Written), command => command is "getaddr");
        world.Time.Advance(TimeSpan.FromSeconds(299));
        Assert.False(fetch.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(default, await fetch.WaitAsync(Patience, Ct));
    }

    [Fact]
    public async Task FetchAsync_EndsAsTheConnectionDoes()
    {
        var world = new GossipWorld();
        var (peer, stream) = await world.ConnectAsync(Outbound, null);
        stream.Feed(Frames.Of("addr", [0xfd, 0xe9, 0x03, .. new byte[30 * 1001]])).End();
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(() => world.Gossip.FetchAsync(peer, Ct));
        Assert.Equal(ProtocolViolation.TooManyAddresses, e.Violation);

        (peer, _) = await world.ConnectAsync(Outbound, null);
        using var cancel = new CancellationTokenSource();
        var fetch = world.Gossip.FetchAsync(peer, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);

        (peer, _) = await world.ConnectAsync(Inbound, null);
        await Assert.ThrowsAsync<ArgumentException>(() => world.Gossip.FetchAsync(peer, Ct));
    }

#if !DEBUG
    [Fact]
    public async Task HandleAsync_MessagesOfAddresses_AllocateNothing()
    {
        var world = new GossipWorld();
        var peer = await (await world.JoinAsync(Outbound)).BeginAsync();
        var message = new BitcoinMessage(MessageCommand.AddrV2, world.Tell(10));
        Assert.Equal(0, await Allocations.LeastAsync(async () => await peer.Session.HandleAsync(message, Ct)));
    }
#endif

    [Fact]
    public void Options_ThatAreWrong_AreNamed()
    {
        Error("Book", new AddressGossipOptions());
        Error("TimeProvider", new AddressGossipOptions { Book = new(), TimeProvider = null! });
        Error("ReachableNetworks", new AddressGossipOptions { Book = new(), ReachableNetworks = (AddressNetworks)64 });
        Error("FetchTimeout", new AddressGossipOptions { Book = new(), FetchTimeout = TimeSpan.Zero });
        Error("FetchTimeout", new AddressGossipOptions { Book = new(), FetchTimeout = TimeSpan.FromDays(25) });

        static void Error(string option, AddressGossipOptions options) => Assert.StartsWith(
            $"The AddressGossipOptions are not valid. {option} ",
            Assert.Throws<ArgumentException>(() => new AddressGossip(options)).Message,
            StringComparison.Ordinal);
    }

    private static byte[] TellV1(PeerAddress address) => AddressMessage.Encode(MessageCommand.Addr, [address])[0];
}
