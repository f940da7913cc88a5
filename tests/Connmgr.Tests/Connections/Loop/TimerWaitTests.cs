namespace Connmgr.Tests.Connections;

public class TimerWaitTests
{
    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(10_000, 10_000)]
    [InlineData(10_001, 20_000)]
    [InlineData(0, 0)]
    [InlineData(-10_000, -10_000)] // Timeout.InfiniteTimeSpan.
    [InlineData(long.MaxValue, long.MaxValue)]
    public void RoundUp_Ticks_AreWholeMilliseconds(long ticks, long rounded) => Assert.Equal(rounded, TimerWait.RoundUp(new(ticks)).Ticks);
}
