using System.Net;
using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Reachability;

public sealed class NetworkChangeRulesTests
{
    private static readonly LocalNetwork Before = Machine("127.0.0.1 10.0.0.5 1.2.3.4", "10.0.0.1 10.0.0.5");

    [Theory]
    [InlineData("127.0.0.1 10.0.0.5 1.2.3.4", "10.0.0.1 10.0.0.5", false)]
    [InlineData("127.0.0.1 10.0.0.5 1.2.3.4 9.9.9.9", "10.0.0.1 10.0.0.5 9.9.9.9", false)]
    [InlineData("127.0.0.1 10.0.0.5", "10.0.0.1 10.0.0.5", true)]
    [InlineData("127.0.0.1 10.0.0.5 1.2.3.4", "10.0.0.2 10.0.0.5", true)]
    [InlineData("", "", true)]
    public void CanBreak_AnAddressOrRouteIsGone_IsTrue(string addresses, string routes, bool expected) =>
        Assert.Equal(expected, NetworkChangeRules.CanBreak(Before, Machine(addresses, routes)));

    /// <summary>A system replaces its temporary IPv6 address every day, and prefers the new one. The old one stays, and so do its connections.</summary>
    [Theory]
    [InlineData("2a01:1:2:3::a", "2a01:1:2:3::b", false)]
    [InlineData("2a01:1:2:3::a", "2a01:1:2:4::a", true)]
    [InlineData("2a01:1:2:3::a", null, true)]
    [InlineData(null, "2a01:1:2:3::a", false)]
    [InlineData("10.0.0.5", "10.0.0.6", true)]
    public void CanBreak_AnotherAddressIsPreferred_IsTrueForAnotherRoute(string? before, string? after, bool expected) =>
        Assert.Equal(expected, NetworkChangeRules.CanBreak(Preferring(before), Preferring(after)));

    [Theory]
    [InlineData("1.2.3.4:5", "8.8.8.8:8333", false, true)] // Its address is gone.
    [InlineData("10.0.0.5:5", "8.8.8.8:8333", false, false)]
    [InlineData("127.0.0.1:5", "8.8.8.8:8333", false, false)] // Through a proxy of this machine.
    [InlineData(null, null, false, false)]
    public void Affects_AnAddressIsGone_IsTrueForItsConnections(string? local, string? remote, bool isOnion, bool expected) =>
        Assert.Equal(expected, Affects(Machine("127.0.0.1 10.0.0.5", "10.0.0.1 10.0.0.5"), local, remote, isOnion));

    [Theory]
    [InlineData("10.0.0.5:5", "8.8.8.8:8333", false, true)]
    [InlineData("127.0.0.1:5", "8.8.8.8:8333", false, true)] // The proxy has lost the route, too.
    [InlineData("127.0.0.1:5", "127.0.0.1:6", true, true)] // So has Tor.
    [InlineData("127.0.0.1:5", "127.0.0.1:6", false, false)]
    [InlineData("10.0.0.5:5", null, false, true)]
    public void Affects_ARouteIsGone_IsTrueForAllThatLeaveTheMachine(string? local, string? remote, bool isOnion, bool expected) =>
        Assert.Equal(expected, Affects(Machine("127.0.0.1 10.0.0.5 1.2.3.4", ""), local, remote, isOnion));

    /// <summary>Without a loss nothing is affected; with one, each connection with a lost local address is.</summary>
    [Fact]
    public void Affects_AnyChange_AgreesWithCanBreak()
    {
        var reached = new int[2];
        var addresses = Gen.Byte[0, 3].Select(static last => GossipGen.Of($"10.0.0.{last}")).Array[0, 4];
        var end = Gen.Byte[0, 3].Select(static last => new IPEndPoint(IPAddress.Parse($"10.0.0.{last}"), 1));
        Gen.Select(addresses, addresses, addresses, addresses, end, end).Sample(
            (before, after, routes, laterRoutes, local, remote) =>
            {
                var (old, now) = (new LocalNetwork(before, routes), new LocalNetwork(after, laterRoutes));
                var isAffected = NetworkChangeRules.Affects(old, now, local, remote, isOnion: false);
                var own = NetworkAddress.FromIPAddress(local.Address);
                if (isAffected)
                    Assert.True(NetworkChangeRules.CanBreak(old, now));
                if (before.Contains(own) && !after.Contains(own))
                    Assert.True(isAffected);
                Interlocked.Increment(ref reached[isAffected ? 1 : 0]);
            },
            iter: 3_000);
        Assert.All(reached, static count => Assert.InRange(count, 100, int.MaxValue));
    }

    [Fact]
    public void SuspendDetector_AnyClocks_FindsJumpsOfTheClockAlone()
    {
        var found = 0;
        Gen.Select(Gen.Int[0, 100], Gen.Int[-50, 50]).Array[1, 20].Sample(
            steps =>
            {
                var (detector, monotonic, clock) = (new SuspendDetector(), TimeSpan.Zero, DateTimeOffset.UnixEpoch);
                Assert.Null(detector.Check(monotonic, clock));
                foreach (var (seconds, jump) in steps)
                {
                    (monotonic, clock) = (monotonic + TimeSpan.FromSeconds(seconds), clock + TimeSpan.FromSeconds(seconds + jump));
                    Assert.Equal(jump >= 10 ? TimeSpan.FromSeconds(jump) : null, detector.Check(monotonic, clock));
                    if (jump >= 10)
                        Interlocked.Increment(ref found);
                }
            },
            iter: 1_000);
        Assert.InRange(found, 100, int.MaxValue);
    }

    private static bool Affects(LocalNetwork after, string? local, string? remote, bool isOnion) => NetworkChangeRules.Affects(
        Before, after, local is null ? null : IPEndPoint.Parse(local), remote is null ? new DnsEndPoint("peer.example", 1) : IPEndPoint.Parse(remote), isOnion);

    private static LocalNetwork Machine(string addresses, string routes) => new(Parse(addresses), Parse(routes));

    private static LocalNetwork Preferring(string? source) => new(Parse("10.0.0.5 10.0.0.6 2a01:1:2:3::a 2a01:1:2:3::b 2a01:1:2:4::a"), Parse("10.0.0.1"), Parse(source ?? ""));

    private static IEnumerable<NetworkAddress> Parse(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(GossipGen.Of);
}
