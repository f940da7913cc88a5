using CsCheck;

namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class RelayDrawTests
{
    private const int Addresses = 2_000;

    private static readonly DateTimeOffset Now = GossipWorld.Start;

    [Fact]
    public void LotOf_ThroughTwoDays_ChangesOncePerDayAtAnHourOfItsOwn()
    {
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[0, 20_000]).Sample(
            (key, peer, number) =>
            {
                var address = GossipGen.IPv4(number);
                var lots = Enumerable.Range(0, 48 * 60).Select(m => new RelayDraw(key, address, Now.AddMinutes(m)).GetWeight(peer)).ToList();
                var changes = Enumerable.Range(1, lots.Count - 1).Where(m => lots[m] != lots[m - 1]).ToList();
                Assert.InRange(changes.Count, 1, 2);
                Assert.True(changes.Count == 1 || changes[1] - changes[0] == 24 * 60);
            },
            iter: 200);
        var hours = Enumerable.Range(0, 200).Select(i => Enumerable.Range(0, 24).First(
            hour => Draw(i, Now.AddHours(hour)).GetWeight(1) != Draw(i, Now.AddHours(hour + 1)).GetWeight(1)));
        Assert.Equal(24, hours.ToHashSet().Count);
    }

    [Fact]
    public void LotOf_ManyAddresses_FavoursNoPeer()
    {
        const int Peers = 10;
        ulong[] secrets = [.. Enumerable.Range(1, Peers).Select(i => (ulong)i)]; // Alike, unlike real ones.
        var won = new int[Peers];
        for (var i = 0; i < Addresses; i++)
            won[secrets.Index().MaxBy(peer => Draw(i, Now).GetWeight(peer.Item)).Index]++;
        Assert.All(won, count => Assert.InRange(count, Addresses / Peers * 3 / 4, Addresses / Peers * 5 / 4));
    }

    [Fact]
    public void LotOf_AnotherKey_GivesOtherLots() =>
        Assert.NotEqual(new RelayDraw(1, GossipGen.IPv4(1), Now).GetWeight(5), new RelayDraw(2, GossipGen.IPv4(1), Now).GetWeight(5));

    [Fact]
    public void Targets_AreTwo_ForHalfOfTheUnreachableOne()
    {
        Assert.All(Enumerable.Range(0, Addresses), i => Assert.Equal(2, Draw(i, Now).GetTargetCount(isReachable: true)));
        var one = Enumerable.Range(0, Addresses).Count(i => Draw(i, Now).GetTargetCount(isReachable: false) == 1);
        Assert.InRange(one, Addresses * 4 / 10, Addresses * 6 / 10);
    }

    private static RelayDraw Draw(int address, DateTimeOffset now) => new(7, GossipGen.IPv4(address), now);
}
