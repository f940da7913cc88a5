using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class DialWidthTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, 1)]
    [InlineData(11, 1)]
    [InlineData(12, 2)]
    [InlineData(14, 4)]
    [InlineData(15, 8)]
    [InlineData(16, 8)]
    [InlineData(1000, 8)]
    public void Value_AfterSilence_IsWhatFindsALiveOneEverySecondTime(int silent, int width)
    {
        var gauge = new DialWidth();
        for (var i = 0; i < silent; i++)
            gauge.Silent();
        Assert.Equal(width, gauge.Value);
    }

    [Fact]
    public void Value_AddressesAnswerAgain_IsOneAgain()
    {
        var gauge = new DialWidth();
        for (var i = 0; i < 16; i++)
            gauge.Silent();
        for (var i = 0; i < 5; i++)
            gauge.Answered();
        Assert.Equal(1, gauge.Value);
    }
}
