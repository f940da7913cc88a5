using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class ReadPausesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Total_AnySequenceOfWaits_IsTheTimeWaitedAtEachMoment()
    {
        var waiting = new ReadPauses(_time);
        var expected = 0L;
        Assert.Equal(expected, Total());
        for (var minutes = 0; minutes < 4; minutes++)
        {
            waiting.Begin();
            Assert.Equal(expected, Total());
            expected += Pass(minutes);
            Assert.Equal(expected, Total());
            waiting.End();
            Assert.Equal(expected, Total());
            Pass(10);
            Assert.Equal(expected, Total());
        }

        long Total() => waiting.Total(_time.GetTimestamp());

        long Pass(int minutes)
        {
            var before = _time.GetTimestamp();
            _time.Advance(TimeSpan.FromMinutes(minutes));
            return _time.GetTimestamp() - before;
        }
    }
}
