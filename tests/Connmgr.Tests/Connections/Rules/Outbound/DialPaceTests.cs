using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class DialPaceTests
{
    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(8, 128, 16)]
    [InlineData(20, 320, 40)]
    public void LimitsOf_AtTheStart_AreThoseOfAFill(int target, int burst, int perSecond) =>
        Assert.Equal((burst, perSecond), new DialPace(null, null).GetLimits(target, target));

    [Fact]
    public void LimitsOf_AnySequence_AreSlowWhenSettledOrFruitless() => Gen.Int[0, 5].Array[0, 900].Select(Gen.Int[1, 30]).Sample((happenings, target) =>
    {
        var pace = new DialPace(null, null);
        var (inRow, isSettled, now) = (0, false, TimeSpan.Zero);
        TimeSpan? fullSince = null;
        foreach (var happened in happenings)
        {
            now += TimeSpan.FromSeconds(happened);
            switch (happened)
            {
                case 0 when inRow % 7 == 0:
                    pace.Succeeded();
                    inRow = 0;
                    break;
                case 1 when target % 3 == 0:
                    pace.Filled(now);
                    fullSince ??= now;
                    break;
                case 2 when target % 5 == 0:
                    pace.MoreWanted();
                    (isSettled, fullSince) = (false, null);
                    break;
                case 5 when inRow % 11 == 0:
                    pace.Vacated(now);
                    isSettled |= now - fullSince >= TimeSpan.FromSeconds(30);
                    fullSince = null;
                    break;
                default:
                    pace.Failed();
                    inRow++;
                    break;
            }

            var (burst, perSecond) = pace.GetLimits(target, target);
            Assert.Equal(inRow >= 200 || isSettled ? 2 : Math.Max(16, 2 * target), perSecond);
            Assert.Equal(inRow >= 200 ? 2 : 16 * target, burst);
        }
    });

    [Fact]
    public void LimitsOf_ANetworkChange_StartsTheCountAnew()
    {
        var pace = new DialPace(null, null);
        for (var i = 0; i < DialPace.Window; i++)
            pace.Failed();
        Assert.Equal((2, 2), pace.GetLimits(8, 8));
        pace.NetworkChanged();
        Assert.Equal((128, 16), pace.GetLimits(8, 8));
    }

    [Fact]
    public void LimitsOf_ManySlots_TheRefusalsThatComeBeforeTheFirstHandshakesAreNotYetFruitless()
    {
        var pace = new DialPace(null, null);
        for (var i = 0; i < 499; i++)
            pace.Failed();
        Assert.Equal((16 * 125, 250), pace.GetLimits(125, 125));
        pace.Failed();
        Assert.Equal((2, 2), pace.GetLimits(125, 125));
    }

    [Fact]
    public void TakeBack_AConnectionThatDidNotLast_IsOneMoreFailure()
    {
        var pace = new DialPace(null, null);
        for (var i = 0; i < 150; i++)
            pace.Failed();
        var before = pace.Succeeded();
        for (var i = 0; i < 48; i++)
            pace.Failed();
        pace.TakeBack(before);
        Assert.Equal((128, 16), pace.GetLimits(8, 8));
        pace.Failed();
        Assert.Equal((2, 2), pace.GetLimits(8, 8));
    }

    [Fact]
    public void LimitsOf_ChosenBurst_IsNeverExceeded()
    {
        var pace = new DialPace(burst: 5, null);
        Assert.Equal((5, 16), pace.GetLimits(8, 8));
        pace.Filled(TimeSpan.Zero);
        pace.Vacated(DialPace.SettlingTime);
        Assert.Equal((5, 2), pace.GetLimits(8, 8));
    }

    /// <summary>Checks a regression: a peer that left a second after the last slot was filled was replaced at 2 dials a second.</summary>
    [Fact]
    public void LimitsOf_AVacancySoonAfterTheFill_AreThoseOfAFill()
    {
        var pace = new DialPace(null, null);
        pace.Filled(TimeSpan.FromSeconds(1));
        pace.Filled(TimeSpan.FromSeconds(20));
        pace.Vacated(TimeSpan.FromSeconds(30.9));
        Assert.Equal((128, 16), pace.GetLimits(8, 1));
        pace.Filled(TimeSpan.FromSeconds(40));
        pace.Vacated(TimeSpan.FromSeconds(70));
        Assert.Equal((16, 2), pace.GetLimits(8, 1));
    }
}
