using System.Net;
using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class FlappingAddressesTests
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Max = TimeSpan.FromMinutes(5);
    private static readonly IPEndPoint One = IPEndPoint.Parse("1.2.3.4:8333");

    [Fact]
    public void Add_AgainAndAgain_TheRestDoublesUpToTheLongest() => Gen.Int.Sample(seed =>
    {
        var flapping = new FlappingAddresses(Retry, Max, new Random(seed));
        var now = TimeSpan.Zero;
        for (var times = 1; times <= 100; times++)
        {
            Assert.Equal(times, flapping.Add(One, now));
            var longest = TimeSpan.FromTicks((long)Math.Min(Retry.Ticks * Math.Pow(2, times - 1), Max.Ticks));
            var shortest = times == 1 ? longest : longest / 2;
            Assert.True(flapping.IsResting(One, now + shortest - TimeSpan.FromTicks(1)));
            Assert.False(flapping.IsResting(One, now + longest));
            Assert.Equal(1, flapping.CountResting(now));
            now += longest;
        }
    });

    [Fact]
    public void Remove_AfterAConnectionThatLasted_BeginsAnew()
    {
        var flapping = new FlappingAddresses(Retry, Max, new Random(1));
        flapping.Add(One, TimeSpan.Zero);
        flapping.Add(One, TimeSpan.Zero);
        Assert.Equal(2, flapping.Remove(One, Retry));
        Assert.Equal(0, flapping.Remove(One, Retry));
        Assert.Equal(1, flapping.Add(One, Retry));
    }

    [Fact]
    public void TimesOf_AnAddressNotHeardOfForLong_IsForgotten()
    {
        var flapping = new FlappingAddresses(Retry, Max, new Random(1));
        flapping.Add(One, TimeSpan.Zero);
        Assert.Equal(1, flapping.GetTimes(One, Retry + (2 * Max) - TimeSpan.FromTicks(1)));
        Assert.Equal(0, flapping.GetTimes(One, Retry + (2 * Max)));
    }

    [Fact]
    public void Add_MoreThanAreKept_TheOneHeardOfLongestAgoGoes()
    {
        var flapping = new FlappingAddresses(Retry, Max, new Random(1));
        for (var i = 0; i < FlappingAddresses.MaxCount + 100; i++)
            flapping.Add(new IPEndPoint(i, 8333), TimeSpan.FromMilliseconds(i));
        Assert.Equal(FlappingAddresses.MaxCount, flapping.Count);
        Assert.Equal(0, flapping.GetTimes(new IPEndPoint(99, 8333), TimeSpan.FromSeconds(2)));
        Assert.Equal(1, flapping.GetTimes(new IPEndPoint(100, 8333), TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Add_TheSameOnesForEver_NothingGrows()
    {
        var flapping = new FlappingAddresses(Retry, Max, new Random(1));
        flapping.Add(One, TimeSpan.Zero);
        for (var i = 0; i < 10 * FlappingAddresses.MaxCount; i++)
            flapping.Add(new IPEndPoint(i % 7, 8333), TimeSpan.FromMilliseconds(i));
        Assert.InRange(flapping.Count, 7, 8);
        Assert.InRange(flapping.Remembered, 7, 2 * FlappingAddresses.MaxCount);
    }

    [Fact]
    public void LastingFrom_IsAMinuteAtLeast()
    {
        Assert.Equal(TimeSpan.FromMinutes(1), new FlappingAddresses(Retry, Max, new Random(1)).LastingFrom);
        Assert.Equal(2 * Max, new FlappingAddresses(2 * Max, 2 * Max, new Random(1)).LastingFrom);
    }
}
