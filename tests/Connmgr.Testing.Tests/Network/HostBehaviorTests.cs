using System.Net;

namespace Connmgr.Testing.Tests;

public sealed class HostBehaviorTests
{
    [Fact]
    public void Mix_SameSeed_GivesTheSameSharesToTheSameAddresses()
    {
        var endPoints = Enumerable.Range(0, 10_000).Select(i => new IPEndPoint(i * 7919, 8333)).ToArray();
        var found = endPoints.Select(Mix(1).Find).ToArray();

        Assert.Equal(found, endPoints.Select(Mix(1).Find));
        Assert.NotEqual(found, endPoints.Select(Mix(2).Find));
        Assert.InRange(found.Count(b => b == HostBehavior.Swallowing), 8_800, 9_200);
        Assert.InRange(found.Count(b => b == HostBehavior.Silent), 400, 600);
        Assert.InRange(found.Count(b => b == HostBehavior.Refusing), 400, 600);

        static HostBehaviorMix Mix(int seed) => new HostBehaviorMix(seed)
            .Add(9, HostBehavior.Swallowing).Add(0.5, HostBehavior.Silent).Add(0.5, HostBehavior.Refusing);
    }

    [Fact]
    public void Mix_PinnedAddresses_GiveTheSameInEveryProcess()
    {
        var mix = new HostBehaviorMix(1).Add(1, HostBehavior.Swallowing).Add(1, HostBehavior.Silent);
        var found = Enumerable.Range(0, 16)
            .Select(i => mix.Find(new IPEndPoint(new IPAddress([1, 2, 3, (byte)i]), 8333)))
            .Select(behavior => behavior == HostBehavior.Silent ? '1' : '0');
        Assert.Equal("0000100100001101", new string([.. found]));
    }

    [Fact]
    public void Mix_NothingAdded_HasNoBehavior() => Assert.Null(new HostBehaviorMix(1).Find(new DnsEndPoint("a", 1)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Mix_WeightOutOfRange_Throws(double weight) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostBehaviorMix(1).Add(weight, HostBehavior.Silent));

    [Fact]
    public void Values_OutOfRange_Throw()
    {
        var negative = TimeSpan.FromTicks(-1);
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBehavior.Silent with { ResetAfterBytes = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBehavior.Silent with { ResetAfter = negative });
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBehavior.Silent with { CloseAfter = negative });
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBehavior.Silent with { Latency = negative });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DurationRange(TimeSpan.FromTicks(2), TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SendRate(0, TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SendRate(1, TimeSpan.Zero));
        Assert.Null((HostBehavior.Silent with { ResetAfter = null, CloseAfter = null, ResetAfterBytes = null }).ResetAfter);
    }
}
