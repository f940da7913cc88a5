using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public class DynamicBanScoreTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DynamicBanScore _score;

    public DynamicBanScoreTests() => _score = new DynamicBanScore(_clock);

    [Fact]
    public void Constants_AreThoseOfTheSeed()
    {
        Assert.Equal(60, DynamicBanScore.Halflife);
        Assert.Equal(1800, DynamicBanScore.Lifetime);
    }

    [Fact]
    public void Int_AfterMinutes_HasDecayed_BtcdTestDynamicBanScoreDecay()
    {
        Assert.Equal(150u, _score.Increase(100, 50));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(125u, _score.Int());

        _clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(100u, _score.Int());
    }

    [Fact]
    public void Int_BeyondLifetime_IsZero_BtcdTestDynamicBanScoreLifetime()
    {
        _score.Increase(0, uint.MaxValue);

        _clock.Advance(TimeSpan.FromSeconds(DynamicBanScore.Lifetime));
        Assert.Equal(3u, _score.Int());

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0u, _score.Int());
    }

    [Fact]
    public void Reset_AfterIncrease_IsZero_BtcdTestDynamicBanScoreReset()
    {
        var score = new DynamicBanScore();

        Assert.Equal(0u, score.Int());
        Assert.Equal(100u, score.Increase(100, 0));
        score.Reset();

        Assert.Equal(0u, score.Int());
    }

    [Fact]
    public void ToString_AfterIncrease_Returns_BtcdTestDynamicBanScoreString()
    {
        _clock.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        Assert.Equal(150u, _score.Increase(100, 50));

        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("persistent 100 + transient 50 at 1700000000 = 125 as of now", _score.ToString());
    }

    [Theory]
    [InlineData(0, 1000u)]
    [InlineData(1, 988u)]
    [InlineData(10, 890u)]
    [InlineData(30, 707u)]
    [InlineData(60, 500u)]
    [InlineData(63, 482u)]
    [InlineData(64, 477u)]
    [InlineData(65, 471u)]
    [InlineData(120, 250u)]
    [InlineData(600, 0u)]
    public void Int_OfThousandAtAge_EqualsBtcd(int seconds, uint expected)
    {
        _score.Increase(0, 1000);

        _clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(expected, _score.Int());
    }

    /// <summary>
    /// Of each call the seconds waited before, the persistent and transient points, and the score after it by the algorithm of btcd: a transient part of 1 or less does not
    /// decay before it is added to, and counts for nothing once it has decayed below 1.
    /// </summary>
    [Theory]
    [InlineData("0s:0+1=1 60s:0+1=2")]
    [InlineData("0s:0+1=1 60s:0+1=2 60s:0+1=2 60s:0+1=2 600s:0+1=1")]
    [InlineData("0s:0+2=2 60s:0+1=2 60s:0+1=2")]
    [InlineData("0s:0+1=1 1800s:0+1=2")]
    [InlineData("0s:0+1=1 1801s:0+1=1")]
    [InlineData("0s:10+5=15 30s:0+0=13 33s:1+7=20 64s:0+3=18 300s:2+1=14 60s:0+1=14")]
    [InlineData("0s:0+100=100 1s:0+33=131 9s:0+33=151 20s:0+33=153 60s:100+0=176 1800s:0+20=120")]
    [InlineData("0s:0+3=3 95s:0+1=2 1s:0+1=2 120s:0+1=1 240s:0+1=1 1200s:5+2=7")]
    [InlineData("0s:0+50=50 1s:0+1=50 1s:0+1=50 1s:0+1=51 1s:0+1=51 1s:0+1=52 1s:0+1=52")]
    public void Increase_OfAVector_GivesTheScoresOfBtcd(string calls)
    {
        foreach (var call in calls.Split(' '))
        {
            var numbers = Array.ConvertAll(call.Split("s:+=".ToCharArray(), StringSplitOptions.RemoveEmptyEntries), static text => uint.Parse(text, CultureInfo.InvariantCulture));
            _clock.Advance(TimeSpan.FromSeconds(numbers[0]));
            Assert.Equal(numbers[3], _score.Increase(numbers[1], numbers[2]));
            Assert.Equal(numbers[3], _score.Int());
        }
    }

    [Fact]
    public void Increase_OfPersistentAlone_ReturnsDecayedScore_D21()
    {
        _score.Increase(0, 50);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(1u, _score.Increase(1, 0));
        Assert.Equal(1u, _score.Int());
    }

    [Fact]
    public void Increase_OfPersistentBeyondMaximum_Saturates_D22()
    {
        _score.Increase(uint.MaxValue, 0);

        Assert.Equal(uint.MaxValue, _score.Increase(1, 0));
        Assert.Equal(uint.MaxValue, _score.Increase(0, uint.MaxValue));
        Assert.Equal(uint.MaxValue, _score.Int());
    }

    [Fact]
    public void Increase_OfTransientBeyondMaximum_Saturates_D22()
    {
        _score.Increase(0, uint.MaxValue);

        Assert.Equal(uint.MaxValue, _score.Increase(0, uint.MaxValue));
        Assert.Equal(uint.MaxValue, _score.Increase(1, 0));
    }

    [Fact]
    public void Int_WhenWallClockIsSet_DoesNotChange_D22()
    {
        var clock = new MonotonicClock();
        var score = new DynamicBanScore(clock);
        score.Increase(0, 1000);

        clock.Wall = clock.Wall.AddYears(10);
        Assert.Equal(1000u, score.Int());
        clock.Wall = clock.Wall.AddYears(-20);
        Assert.Equal(1000u, score.Int());

        clock.Seconds += 60;
        Assert.Equal(500u, score.Int());
    }

    [Fact]
    public void Int_WhenTimestampGoesBack_DoesNotRise()
    {
        var clock = new MonotonicClock { Seconds = 1000 };
        var score = new DynamicBanScore(clock);
        clock.Seconds += 60;
        score.Increase(0, 1000);

        clock.Seconds -= 500;

        Assert.Equal(1000u, score.Int());
        Assert.Equal(2000u, score.Increase(0, 1000));
    }

    [Fact]
    public void Increase_CallsAFractionOfASecondApart_StillDecay()
    {
        _score.Increase(0, 1_000_000);

        // 100 calls of 0.9 s are 90 s, one and a half half-lives; each adds one point.
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.9));
            _score.Increase(0, 1);
        }

        Assert.InRange(_score.Int(), 353_553u, 353_553u + 100);
    }

    [Fact]
    public void Increase_BeforeLifetimeEnds_StartsItAnew()
    {
        _score.Increase(0, uint.MaxValue);
        _clock.Advance(TimeSpan.FromSeconds(DynamicBanScore.Lifetime));
        _score.Increase(0, 1);

        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(2u, _score.Int());
    }

    [Fact]
    public void ToString_OfNewScore_NamesNoTime() => Assert.Equal("persistent 0 + transient 0 at 0 = 0 as of now", _score.ToString());

    [Fact]
    public void Increase_FromManyThreads_LosesNothing()
    {
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 1000; i++)
                _score.Increase(1, 1);
        });

        Assert.Equal(16_000u, _score.Int());
    }

    [Fact]
    public void IncreaseAndInt_DoNotAllocate()
    {
        var score = new DynamicBanScore();

        Assert.Equal(0, Allocations.Least(() => Use(score)));

        static void Use(DynamicBanScore score)
        {
            score.Increase(1, 1);
            score.Int();
            score.Reset();
        }
    }

    // A clock whose wall time and timestamp are set apart.
    private sealed class MonotonicClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

        public long Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Seconds * 1000;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
