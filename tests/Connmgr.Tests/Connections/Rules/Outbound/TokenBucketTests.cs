using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class TokenBucketTests
{
    [Fact]
    public void TryTake_FullBucket_GivesTheBurstThenRefills()
    {
        var bucket = new TokenBucket(3, 2);
        for (var i = 0; i < 3; i++)
            Assert.True(bucket.TryTake(TimeSpan.Zero));
        Assert.False(bucket.TryTake(TimeSpan.Zero));
        Assert.False(bucket.TryTake(TimeSpan.FromMilliseconds(499)));
        Assert.True(bucket.TryTake(TimeSpan.FromMilliseconds(500)));
        Assert.False(bucket.HasToken(TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public void TryTake_WithoutALimitByTime_NeverRunsOut()
    {
        var bucket = new TokenBucket(1, double.PositiveInfinity);
        for (var i = 0; i < 100; i++)
            Assert.True(bucket.TryTake(TimeSpan.Zero));
        bucket.SetLimits(1, 1, TimeSpan.Zero);
        Assert.True(bucket.TryTake(TimeSpan.Zero));
        Assert.False(bucket.TryTake(TimeSpan.Zero));
        bucket.SetLimits(1, double.PositiveInfinity, TimeSpan.Zero);
        Assert.True(bucket.TryTake(TimeSpan.Zero));
    }

    [Fact]
    public void HasToken_AfterALongPause_IsNoMoreThanTheBurst()
    {
        var bucket = new TokenBucket(2, 10);
        var later = TimeSpan.FromHours(1);
        Assert.True(bucket.TryTake(later));
        Assert.True(bucket.TryTake(later));
        Assert.False(bucket.TryTake(later));
    }

    [Fact]
    public void NextTokenAt_IsWhenThereIsOneAndNotMuchEarlier() =>
        Gen.Select(Gen.Double[1, 50], Gen.Double[0.01, 1_000], Gen.Int[1, 200]).Sample((burst, perSecond, takes) =>
        {
            var bucket = new TokenBucket(burst, perSecond);
            var now = TimeSpan.FromSeconds(7);
            for (var i = 0; i < takes; i++)
            {
                now = bucket.NextTokenAt(now);
                Assert.True(bucket.TryTake(now));
            }

            // Takes the burst at once, and one more for each 1/perSecond.
            var atLeast = Math.Max(0, takes - burst) / perSecond;
            Assert.InRange((now - TimeSpan.FromSeconds(7)).TotalSeconds, atLeast - 1e-6, atLeast + takes * 1e-6 + 1e-6);
        });

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(1e-300)]
    [InlineData(1.2e-12)]
    [InlineData(1e-12)]
    [InlineData(1e-9)]
    public void NextTokenAt_ARateOfNextToNothing_IsFarOff(double perSecond)
    {
        var bucket = new TokenBucket(1, perSecond);
        var now = TimeSpan.FromDays(10_000);
        Assert.True(bucket.TryTake(TimeSpan.Zero));

        var next = bucket.NextTokenAt(now);

        Assert.True(next - now > TimeSpan.FromDays(300), $"{next - now}");
    }

    [Fact]
    public void SetLimits_ToAndFro_GivesNothingAway() =>
        Gen.Select(Gen.Double[1, 100], Gen.Double[1, 100]).Array[1, 30].Sample(limits =>
        {
            var bucket = new TokenBucket(50, 1);
            while (bucket.TryTake(TimeSpan.Zero))
            {
            }

            foreach (var (burst, perSecond) in limits)
                bucket.SetLimits(burst, perSecond, TimeSpan.Zero);
            bucket.SetLimits(50, 1, TimeSpan.Zero);
            Assert.False(bucket.TryTake(TimeSpan.Zero));
        });
}
