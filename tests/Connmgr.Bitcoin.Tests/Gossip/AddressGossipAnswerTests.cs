using System.Net;

namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>Peers that ask for addresses.</summary>
public sealed class AddressGossipAnswerTests
{
    private const ConnectionDirection Inbound = ConnectionDirection.Inbound;

    private static readonly IPEndPoint Local = IPEndPoint.Parse("20.0.0.1:8333");

    [Fact]
    public async Task GetAddr_OfAnInboundPeer_IsAnsweredOnce()
    {
        var world = new GossipWorld();
        world.Fill(100);
        var peer = await world.JoinAsync(Inbound);
        await peer.SaysAsync("getaddr");
        await peer.SaysAsync("getaddr");
        var heard = await peer.HeardAddressesAsync();
        Assert.Equal("addrv2", Assert.Single(await peer.HeardCommandsAsync()));
        Assert.Equal(world.Book.Count * 23 / 100, heard.Count);
        Assert.Equal(heard.Count, heard.ToHashSet().Count);
        Assert.All(heard, told => Assert.True(world.Book.TryGet(NetworkEndPoint.Parse(told.Address), out _)));
    }

    [Theory]
    [InlineData(ConnectionDirection.Outbound, true, 100)]
    [InlineData(Inbound, false, 100)]
    [InlineData(Inbound, true, 0)]
    [InlineData(Inbound, true, 4)]
    public async Task GetAddr_OfOutboundPeers_WhenSwitchedOffOrOfAlmostNothing_IsNotAnswered(
        ConnectionDirection direction, bool answers, int known)
    {
        var world = new GossipWorld(options => options.AnswerInboundPeers = answers);
        world.Fill(known);
        var peer = await world.JoinAsync(direction);
        Assert.True(await peer.SaysAsync("getaddr"));
        Assert.Empty(await peer.HeardAsync());
    }

    [Fact]
    public async Task GetAddr_OfAPeerWithoutAddrV2_IsAnsweredByAddr()
    {
        var world = new GossipWorld();
        world.Fill(200, i => i % 2 == 0 ? GossipGen.IPv4(i) : GossipGen.Onion(i));
        var old = await world.JoinAsync(Inbound, addrV2: false);
        var modern = await world.JoinAsync(Inbound);
        await old.SaysAsync("getaddr");
        await modern.SaysAsync("getaddr");
        Assert.Equal("addr", Assert.Single(await old.HeardCommandsAsync()));

        var both = (await modern.HeardAddressesAsync()).Select(told => told.Address).ToList();
        Assert.Contains(both, IsOnion);
        both.RemoveAll(IsOnion);
        Assert.Equal(both, (await old.HeardAddressesAsync()).Select(told => told.Address).ToList());

        static bool IsOnion(string address) => address.Contains(".onion", StringComparison.Ordinal);
    }

    /// <summary>Checks that equal times don't show that two identities belong to one node.</summary>
    [Fact]
    public async Task GetAddr_ByAnotherWay_GivesOtherTimes_NotFarFromTheTruth()
    {
        var world = new GossipWorld();
        world.Fill(9_000);
        world.Time.Advance(TimeSpan.FromHours(30));
        var (one, again, other) = (await TimesAsync("60.1.2.3:8333"), await TimesAsync("70.1.2.3:8333"), await TimesAsync("[2a01::9]:8333"));

        Assert.Equal(one, again); // While it is kept, an answer is the same for all of one way.
        var common = one.Keys.Intersect(other.Keys).ToList();
        Assert.InRange(common.Count, 50, 1000);
        Assert.InRange(common.Count(address => one[address] == other[address]), 0, common.Count / 20);
        Assert.All(one, told =>
        {
            Assert.True(world.Book.TryGet(told.Key, out var entry));
            Assert.InRange(told.Value, entry.Address.LastSeen.AddDays(-1), Min(entry.Address.LastSeen.AddDays(1), world.Time.GetUtcNow()));
        });

        async Task<Dictionary<NetworkEndPoint, DateTimeOffset>> TimesAsync(string remote)
        {
            var peer = await world.JoinAsync(Inbound, remote, Local);
            await peer.SaysAsync("getaddr");
            var (command, payload) = Assert.Single(await peer.HeardAsync());
            return AddressMessage.Decode(new(command), payload).ToDictionary(address => address.EndPoint, address => address.LastSeen);
        }

        static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
    }

    [Fact]
    public async Task GetAddr_ABigBook_GivesAtMostAThousand()
    {
        var world = new GossipWorld();
        world.Fill(9_000);
        Assert.InRange(world.Book.Count, 4_500, 9_000);
        var peer = await world.JoinAsync(Inbound);
        await peer.SaysAsync("getaddr");
        Assert.Equal(1000, (await peer.HeardAddressesAsync()).Count);
    }

    [Fact]
    public async Task GetAddr_OfManyPeers_GivesTheSameForADay_ByWayAndNetworkAnother()
    {
        var world = new GossipWorld();
        world.Fill(400);
        var first = await AskAsync(world);
        Assert.Equal(first, await AskAsync(world, "70.9.9.9:1234"));
        Assert.NotEqual(first, await AskAsync(world, local: IPEndPoint.Parse("20.0.0.2:8333")));
        Assert.NotEqual(first, await AskAsync(world, "[2a01::9]:8333"));
        Assert.NotEqual(first, await AskAsync(world, "127.0.0.1:9999")); // As Tor's peers come.

        world.Time.Advance(TimeSpan.FromHours(20.9));
        Assert.Equal(first, await AskAsync(world));
        world.Time.Advance(TimeSpan.FromHours(6.2));
        var second = await AskAsync(world);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await AskAsync(world));
    }

    [Fact]
    public async Task GetAddr_BannedAddresses_AreNotTold()
    {
        var world = new GossipWorld(options => options.IsBanned = address => (address.GetHashCode() & 1) == 0);
        world.Fill(400);
        var heard = await AskAsync(world);
        Assert.InRange(heard.Count, 20, 80);
        Assert.All(heard, told => Assert.Equal(1, NetworkEndPoint.Parse(told).Address.GetHashCode() & 1));
    }

    [Fact]
    public async Task GetAddr_OfABookStillEmpty_IsNotHeldAgainstTheNext()
    {
        var world = new GossipWorld();
        Assert.Empty(await AskAsync(world));
        world.Fill(100);
        Assert.NotEmpty(await AskAsync(world));
    }

    private static async Task<List<string>> AskAsync(GossipWorld world, string remote = "60.1.2.3:8333", IPEndPoint? local = null)
    {
        var peer = await world.JoinAsync(Inbound, remote, local ?? Local);
        await peer.SaysAsync("getaddr");
        return [.. (await peer.HeardAddressesAsync()).Select(told => told.Address)];
    }
}
