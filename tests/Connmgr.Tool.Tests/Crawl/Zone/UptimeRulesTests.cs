using CsCheck;

namespace Connmgr.Tool.Tests.Crawl.Zone;

public sealed class UptimeRulesTests
{
    private static readonly DateTimeOffset Start = CrawlGen.Start;

    private static readonly Gen<(bool IsUp, int Seconds)[]> Samples = Gen.Select(Gen.Bool, Gen.Frequency((4, Gen.Int[1, 4000]), (1, Gen.Int[4000, 3_000_000]))).Array[1, 60];

    [Fact]
    public void Add_AnySamples_KeepsEachShareBetweenZeroAndItsWeight() => Samples.Sample(
        samples =>
        {
            var score = Run(samples);
            Assert.Equal(samples.Length, score.Samples);
            Assert.Equal(samples.Count(static sample => sample.IsUp), score.Ups);
            foreach (var window in score.Windows)
            {
                Assert.InRange(window.Reliability, 0, window.Weight + 1e-9);
                Assert.InRange(window.Weight, 0, 1);
                Assert.InRange(window.Count, 1, samples.Length);
            }
        },
        iter: Effort.Of(2000));

    [Fact]
    public void Add_OneMoreUp_NeverMakesANodeWorse()
    {
        var turned = 0;
        Gen.Select(Samples, Gen.Int[0, 59]).Sample(
            (samples, at) =>
            {
                var better = samples.ToArray();
                better[at % better.Length].IsUp = true;
                var (before, after) = (UptimeRules.IsGood(Run(samples)), UptimeRules.IsGood(Run(better)));
                Assert.True(after || !before);
                if (after && !before)
                    Interlocked.Increment(ref turned);
            },
            iter: Effort.Of(4000));
        Assert.True(turned > 0, "No sample decided.");
    }

    /// <summary>The windows of bitcoin-seeder: the time that a node which is always up needs, at a sample each 20 minutes.</summary>
    [Theory]
    [InlineData(0, 3.8)]
    [InlineData(1, 9.7)]
    [InlineData(2, 19.2)]
    [InlineData(3, 100.5)]
    [InlineData(4, 310.2)]
    public void Add_AlwaysUp_FulfilsEachWindowInItsTime(int window, double hours)
    {
        var threshold = UptimeRules.Windows[window];
        Assert.Equal(hours, -Math.Log(1 - threshold.MinReliability) * threshold.Length.TotalHours, 0.1);
        var (score, now) = ((UptimeScore?)null, Start);
        while (score is null || score.Windows[window].Reliability <= threshold.MinReliability)
        {
            score = UptimeRules.Add(score, isUp: true, now);
            now += TimeSpan.FromMinutes(20);
        }

        Assert.InRange((score.Last - Start).TotalHours, hours - 0.7, hours + 0.4);
        Assert.True(score.Windows[window].Count > threshold.MinCount);
    }

    [Fact]
    public void IsGood_AlwaysUp_HoldsFromTheFirstSampleOn()
    {
        Gen.Int[1, 10_000_000].Sample(
            seconds =>
            {
                UptimeScore? score = null;
                for (var i = 0; i < 300; i++)
                {
                    score = UptimeRules.Add(score, isUp: true, Start.AddSeconds((double)seconds * i));
                    Assert.True(UptimeRules.IsGood(score), $"Not good at sample {i + 1}.");
                }
            },
            iter: Effort.Of(200));
    }

    [Fact]
    public void IsGood_NeverUpAgain_EndsAndIsForgottenAfterThirtyDays()
    {
        var (score, now) = ((UptimeScore?)null, Start);
        for (var i = 0; i < 3000; i++)
            score = UptimeRules.Add(score, isUp: true, now += TimeSpan.FromMinutes(20));
        Assert.True(UptimeRules.IsGood(score!));
        var last = now;
        while (!UptimeRules.IsForgotten(score!))
            score = UptimeRules.Add(score, isUp: false, now += TimeSpan.FromMinutes(20));
        Assert.False(UptimeRules.IsGood(score!));
        Assert.InRange((now - last).TotalDays, 30, 30.1);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("10", true)]
    [InlineData("100", false)]
    [InlineData("101", true)]
    [InlineData("0011", true)] // No window can decide yet.
    [InlineData("00110", false)]
    public void IsGood_YoungNode_NeedsHalfOfItsSamples(string samples, bool isGood) =>
        Assert.Equal(isGood, UptimeRules.IsGood(Run([.. samples.Select(static sample => (sample == '1', 1000))])));

    /// <summary>After five hours the first window decides, and half of the samples is not enough.</summary>
    [Fact]
    public void IsGood_OlderNode_NeedsAWindow() =>
        Assert.False(UptimeRules.IsGood(Run([(true, 0), (true, 3000), (true, 3000), (false, 4000), (false, 4000), (false, 4000)])));

    [Fact]
    public void Add_ClockThatWasSetBack_ChangesNothing()
    {
        var score = UptimeRules.Add(null, isUp: true, Start);
        Assert.Same(score, UptimeRules.Add(score, isUp: false, Start));
        Assert.Same(score, UptimeRules.Add(score, isUp: false, Start.AddDays(-1)));
    }

    private static UptimeScore Run((bool IsUp, int Seconds)[] samples)
    {
        var (score, now) = ((UptimeScore?)null, Start);
        foreach (var (isUp, seconds) in samples)
            score = UptimeRules.Add(score, isUp, now += TimeSpan.FromSeconds(seconds));
        return score!;
    }
}
