using System.Net;

namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>Addresses that are passed on, and our own.</summary>
public sealed class AddressGossipRelayTests
{
    private const ConnectionDirection Inbound = ConnectionDirection.Inbound;
    private const ConnectionDirection Outbound = ConnectionDirection.Outbound;

    private readonly List<GossipPeer> _peers = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FreshAddresses_ArePassedOnToTwoOthersEach()
    {
        var world = new GossipWorld();
        await JoinManyAsync(world, 20);
        var source = await TellerAsync(world);

        await source.SaysAsync("addrv2", world.Tell(10));
        await PassAsync(world, TimeSpan.FromMinutes(10));

        var twice = Enumerable.Range(0, 20).Select(i => GossipGen.IPv4(i / 2).ToString());
        Assert.Equal(twice.Order(StringComparer.Ordinal).ToList(), (await HeardAsync()).Order(StringComparer.Ordinal).ToList());
        var told = 0;
        foreach (var peer in _peers)
            told += (await peer.HeardAsync()).Count > 0 ? 1 : 0;
        Assert.InRange(told, 5, 20);
        Assert.Empty(await source.HeardAsync());
    }

    [Fact]
    public async Task FreshAddresses_ToldAgainByAnother_ReachNobodyElse()
    {
        var world = new GossipWorld();
        await JoinManyAsync(world, 20);
        for (var round = 0; round < 5; round++)
            await (await TellerAsync(world)).SaysAsync("addrv2", GossipWorld.Tell(GossipGen.Node("1.2.3.4:8333", GossipWorld.Start)));

        await PassAsync(world, TimeSpan.FromMinutes(10));

        Assert.Equal(2, (await HeardAsync()).Count(address => address is "1.2.3.4:8333"));
    }

    [Theory]
    [InlineData("eleven", 0)]
    [InlineData("old", 0)]
    [InlineData("banned", 0)]
    [InlineData("switched off", 0)]
    [InlineData("an answer is due", 0)]
    [InlineData("the answer came", 1)]
    [InlineData("private", 0)]
    [InlineData("our own", 0)]
    [InlineData("unreachable", 1)]
    [InlineData("fresh", 1)]
    public async Task Addresses_ThatAreNoNews_AreNotPassedOn(string what, int least)
    {
        var ours = NetworkEndPoint.Parse("8.8.4.4:8333");
        var world = new GossipWorld(options =>
        {
            options.RelayAddresses = what is not "switched off";
            options.IsBanned = _ => what is "banned";
            if (what is "our own")
                options.ExternalAddresses.Add(ours, ExternalAddressOrigin.User);
        });
        await JoinManyAsync(world, 4, remote: "127.0.0.1:1234");
        var (asks, answers) = (what is "an answer is due" or "the answer came", what is "the answer came");
        var source = asks ? await (await world.JoinAsync(Outbound)).BeginAsync() : await TellerAsync(world);
        if (answers)
            await source.SaysAsync("addrv2", world.Tell(999, from: 100));

        await source.SaysAsync("addrv2", what switch
        {
            "eleven" => world.Tell(11),
            "old" => GossipWorld.Tell(GossipGen.Node("1.2.3.4:8333", GossipWorld.Start.AddMinutes(-10))),
            "private" => GossipWorld.Tell(GossipGen.Node("10.2.3.4:8333", GossipWorld.Start)),
            "our own" => GossipWorld.Tell(GossipGen.Node(ours, GossipWorld.Start)),
            "unreachable" => GossipWorld.Tell(GossipGen.Node(GossipGen.Onion(1), GossipWorld.Start)),
            _ => world.Tell(1),
        });
        await PassAsync(world, TimeSpan.FromMinutes(10));

        Assert.InRange((await HeardAsync()).Count, least, 2 * least);
    }

    [Fact]
    public async Task AddressesThatAPeerToldOf_AreNotToldToIt()
    {
        var world = new GossipWorld();
        await JoinManyAsync(world, 1);
        await _peers[0].SaysAsync("addrv2", GossipWorld.Tell(GossipGen.Node("1.2.3.4:8333", GossipWorld.Start.AddHours(-1))));
        await (await TellerAsync(world)).SaysAsync("addrv2", GossipWorld.Tell(
            GossipGen.Node("1.2.3.4:8333", GossipWorld.Start), GossipGen.Node("1.2.3.5:8333", GossipWorld.Start)));
        await PassAsync(world, TimeSpan.FromMinutes(10));
        Assert.Equal("1.2.3.5:8333", Assert.Single(await HeardAsync()));
    }

    [Fact]
    public async Task AnAddressThatAddrCannotSay_IsPassedOnByAddrV2Alone()
    {
        var world = new GossipWorld();
        await JoinManyAsync(world, 10, addrV2: false);
        await JoinManyAsync(world, 1);
        PeerAddress[] onions = [.. Enumerable.Range(0, 8).Select(i => GossipGen.Node(GossipGen.Onion(i), GossipWorld.Start))];
        await (await TellerAsync(world)).SaysAsync("addrv2", GossipWorld.Tell(onions));
        await PassAsync(world, TimeSpan.FromMinutes(10));
        Assert.Equal(8, (await HeardAsync()).ToHashSet(StringComparer.Ordinal).Count);
        Assert.Equal(8, (await _peers[^1].HeardAddressesAsync()).Count);
    }

    [Fact]
    public async Task SilentInboundPeers_AreToldNothing()
    {
        var world = new GossipWorld(options => options.ExternalAddresses.Add(GossipGen.IPv4(77), ExternalAddressOrigin.User));
        for (var i = 0; i < 5; i++)
            _peers.Add(await (await world.JoinAsync(Inbound)).BeginAsync());
        await (await TellerAsync(world)).SaysAsync("addrv2", world.Tell(1));
        await PassAsync(world, TimeSpan.FromMinutes(10));
        Assert.Empty(await HeardAsync());
        Assert.All(_peers, peer => Assert.Null(peer.Session.Outbox));
    }

    [Fact]
    public async Task PassingOn_IsSpreadOverTime_WithAMeanOfHalfAMinute()
    {
        var (delays, total) = (new List<int>(), 0);
        for (var seed = 0; seed < 60; seed++)
        {
            var world = new GossipWorld(seed: seed);
            _peers.Clear();
            await JoinManyAsync(world, 2);
            await (await TellerAsync(world)).SaysAsync("addrv2", world.Tell(1));
            for (var second = 1; _peers.Count > 0; second++)
            {
                Assert.InRange(second, 1, 1000);
                await PassAsync(world, TimeSpan.FromSeconds(1));
                foreach (var peer in _peers.ToArray())
                {
                    if ((await peer.HeardAsync()).Count == 0)
                        continue;
                    delays.Add(second);
                    total += second;
                    _peers.Remove(peer);
                }
            }
        }

        Assert.InRange(total / delays.Count, 22, 38);
        Assert.InRange(delays.ToHashSet().Count, 30, 120);
    }

    [Fact]
    public async Task OwnAddress_IsToldWhenPeersAreMet_AndEachDayOrSo()
    {
        var own = GossipGen.IPv4(77);
        var world = new GossipWorld(options =>
        {
            options.ExternalAddresses.Add(own, ExternalAddressOrigin.User);
            options.Services = NodeServices.Network | NodeServices.P2PV2;
            options.GetWithheldServices = static network => network == AddressNetwork.IPv4 ? NodeServices.P2PV2 : NodeServices.None;
        });
        await JoinManyAsync(world, 20);
        var local = await (await world.JoinAsync(Outbound, "127.0.0.1:5")).BeginAsync();
        await PassAsync(world, TimeSpan.FromSeconds(2));
        Assert.Equal(Enumerable.Repeat(own.ToString(), 20).ToList(), await HeardAsync());
        var told = AddressMessage.Decode(MessageCommand.AddrV2, (await _peers[0].HeardAsync())[^1].Payload)[0];
        Assert.Equal(((ulong)NodeServices.Network, GossipWorld.Start.AddSeconds(1)), (told.Services, told.LastSeen));

        await PassAsync(world, TimeSpan.FromDays(4), step: TimeSpan.FromHours(1));
        Assert.InRange((await HeardAsync()).Count, 20 + 50, 20 + 110); // 4 more each on average.
        Assert.Equal("getaddr", Assert.Single(await local.HeardCommandsAsync()));
    }

    [Fact]
    public async Task DisposeAsync_EndsWhatIsSent_AndTheTimerWithTheLastPeer()
    {
        var world = new GossipWorld();
        await JoinManyAsync(world, 3);
        Assert.Equal(1, world.Time.Timers);
        var gone = _peers[^1];
        _peers.Remove(gone);
        await gone.Session.DisposeAsync();
        await gone.Session.DisposeAsync();
        Assert.Equal(1, world.Time.Timers);

        var teller = await TellerAsync(world);
        await teller.SaysAsync("addrv2", world.Tell(1));
        await PassAsync(world, TimeSpan.FromMinutes(10));
        Assert.Empty(await gone.HeardAsync());
        Assert.Equal(2, (await HeardAsync()).Count);

        await teller.Session.DisposeAsync();
        foreach (var peer in _peers)
        {
            Assert.Equal(1, world.Time.Timers);
            await peer.Session.DisposeAsync();
        }

        Assert.Equal(0, world.Time.Timers);
    }

    [Fact]
    public async Task DisposeAsync_WhileAMessageIsSent_WaitsForItsEnd()
    {
        var world = new GossipWorld();
        var (peer, stream) = await world.ConnectAsync(Outbound, IPEndPoint.Parse("60.1.2.3:8333"));
        var session = world.Gossip.Attach(peer);
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync((_, _, _) => default, cancel.Token);
        await session.StartAsync(Ct);
        await stream.Idle;
        stream.StallWritesAfter(0);
        await (await world.JoinAsync(Inbound)).SaysAsync("addrv2", world.Tell(1));
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await stream.Stalled;

        var dispose = session.DisposeAsync().AsTask();
        for (var turns = 0; turns < 100; turns++)
        {
            await Task.Yield();
            Assert.False(dispose.IsCompleted);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await dispose;
    }

    [Fact]
    public async Task Outbox_OfAPeerThatTakesNothing_IsBounded()
    {
        var world = new GossipWorld();
        var peer = await (await world.JoinAsync(Outbound)).BeginAsync();
        var outbox = peer.Session.Outbox!;
        for (var i = 0; i < 5_000; i++)
            outbox.Add(GossipGen.Node(GossipGen.IPv4(i), GossipWorld.Start), world.Gossip.Random);
        var waiting = outbox.TakeAll();
        Assert.Equal(1000, waiting.Length);
        Assert.Contains(waiting, address => address.EndPoint == GossipGen.IPv4(4_999));
        Assert.Empty(outbox.TakeAll());
    }

    /// <summary>Joins inbound peers that have sent a message of gossip.</summary>
    private async Task JoinManyAsync(GossipWorld world, int count, bool addrV2 = true, string? remote = "60.1.2.3:8333")
    {
        for (var i = 0; i < count; i++)
        {
            var peer = await world.JoinAsync(Inbound, remote, addrV2: addrV2);
            await peer.SaysAsync("getaddr");
            _peers.Add(peer);
        }
    }

    /// <summary>Joins an inbound peer that may send ten addresses.</summary>
    private static async Task<GossipPeer> TellerAsync(GossipWorld world)
    {
        var peer = await world.JoinAsync(Inbound, "127.0.0.1:777");
        world.Time.Advance(TimeSpan.FromSeconds(100));
        return peer;
    }

    /// <summary>Lets time pass, and what is sent meanwhile arrive.</summary>
    private async Task PassAsync(GossipWorld world, TimeSpan time, TimeSpan? step = null)
    {
        var each = step ?? TimeSpan.FromSeconds(1);
        for (var passed = TimeSpan.Zero; passed < time; passed += each)
        {
            world.Time.Advance(each);
            foreach (var peer in _peers)
                await (peer.Session.Outbox?.Sending ?? Task.CompletedTask);
        }
    }

    private async Task<List<string>> HeardAsync()
    {
        var heard = new List<string>();
        foreach (var peer in _peers)
            heard.AddRange((await peer.HeardAddressesAsync()).Select(told => told.Address));
        return heard;
    }
}
