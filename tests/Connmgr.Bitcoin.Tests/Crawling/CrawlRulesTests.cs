using CsCheck;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class CrawlRulesTests
{
    /// <summary>Over any rounds, each interval has one round in which a node is asked, if it has a round.</summary>
    [Fact]
    public void IsDue_AnyRounds_IsOncePerInterval()
    {
        var interval = TimeSpan.FromHours(24);
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 20_000].Array[1, 300]).Sample(
            (number, periods) =>
            {
                var schedule = new AskSchedule(interval);
                var endPoint = Gossip.GossipGen.Onion(number);
                var (first, start, asked) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0);
                foreach (var period in periods)
                {
                    var next = start + TimeSpan.FromSeconds(period);
                    asked += schedule.IsDue(endPoint, start, next) ? 1 : 0;
                    start = next;
                }

                Assert.InRange(asked, (int)Math.Floor((start - first) / interval), (int)Math.Ceiling((start - first) / interval));
                Assert.True(schedule.IsDue(endPoint, previous: null, start));
                Assert.True(new AskSchedule(TimeSpan.Zero).IsDue(endPoint, start, start));
            },
            iter: Effort.Of(500));
    }

    [Theory]
    [InlineData("1.2.3.4:8333", AddressNetworks.IPv4, false, "1.2.3.4:8333")]
    [InlineData("1.2.3.4:8333", AddressNetworks.IPv6, false, null)]
    [InlineData("10.0.0.1:8333", AddressNetworks.IPv4, false, null)]
    [InlineData("10.0.0.1:8333", AddressNetworks.IPv4, true, "10.0.0.1:8333")]
    [InlineData("[fc00::1]:8333", AddressNetworks.All, false, "[fc00::1]:8333")]
    [InlineData("[fc00::1]:8333", AddressNetworks.IPv6, false, null)]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", AddressNetworks.I2P, false, "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0")]
    [InlineData("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", AddressNetworks.TorV3, false, null)]
    public void TryTake_AddressesOfTheNetworks_AreTaken(string text, AddressNetworks networks, bool allowPrivate, string? expected)
    {
        var isTaken = new AddressFilter(networks, allowPrivate).TryTake(new PeerAddress(NetworkEndPoint.Parse(text), 5, default), out var taken);

        Assert.Equal(expected, isTaken ? taken.EndPoint.ToString() : null);
        if (text.Contains("fc00", StringComparison.Ordinal) && isTaken)
            Assert.Equal(AddressNetwork.Cjdns, taken.EndPoint.Address.Network);
    }
}
