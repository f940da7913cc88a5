namespace Connmgr.Bitcoin.Tests.Network;

public class SaveRuleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void NextWait_GrowsFrom2SecondsToAMinute()
    {
        var rule = new SaveRule(TimeSpan.Zero, 0, 0);
        Assert.Equal([2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 7).Select(_ => (int)rule.GetNextWait().TotalSeconds));
    }

    [Theory]
    [InlineData(0, 0, 0, 0, false)]
    [InlineData(0, 0, 1, 0, true)]
    [InlineData(100, 10, 149, 14, false)]
    [InlineData(100, 10, 150, 10, true)]
    [InlineData(100, 10, 100, 15, true)]
    [InlineData(100, 10, 50, 0, false)] // Fewer: nothing was learnt.
    public void IsDue_MuchLearntSince(int addresses, int tried, int newAddresses, int newTried, bool expected) =>
        Assert.Equal(expected, new SaveRule(TimeSpan.Zero, addresses, tried).IsDue(Minute, newAddresses, newTried));

    [Fact]
    public void IsDue_Every15Minutes()
    {
        var rule = new SaveRule(Minute, 100, 10);
        Assert.False(rule.IsDue((16 * Minute) - TimeSpan.FromTicks(1), 100, 10));
        Assert.True(rule.IsDue(16 * Minute, 100, 10));
        rule.MarkSaved(16 * Minute, 100, 10);
        Assert.False(rule.IsDue(30 * Minute, 100, 10));
    }
}
