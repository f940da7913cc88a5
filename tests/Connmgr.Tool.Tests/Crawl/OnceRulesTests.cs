using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests.Crawl;

public sealed class OnceRulesTests
{
    private static readonly DateTimeOffset Now = CrawlGen.Start;

    [Theory]
    [InlineData(2, 0, 0, 60, true)]
    [InlineData(1, 0, 0, 60, false)] // The first round.
    [InlineData(2, 0, 0, 0, false)] // It is due.
    [InlineData(2, 0, 0, -60, false)]
    [InlineData(2, 3, 0, 60, false)] // The clocks differ: visits show that it goes on.
    [InlineData(2, 0, 3, 60, false)]
    public void IsDone_BetweenRounds_IsTrue(int round, int leased, int completed, int secondsToTheStart, bool isDone)
    {
        var status = new FrontierStatus
        {
            Round = round,
            RoundStart = Now.AddSeconds(secondsToTheStart),
            IsRoundOver = false,
            Addresses = 9,
            Due = 5, // Those of the next round count.
            Leased = leased,
            Completed = completed,
            Reached = 0,
        };

        Assert.Equal(isDone, OnceRules.IsDone(status, Now));
    }
}
