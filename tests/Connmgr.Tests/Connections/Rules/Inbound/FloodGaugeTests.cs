using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class FloodGaugeTests
{
    [Fact]
    public void Count_AtAnyTime_IsThatOfTheLastSixtySeconds()
    {
        var random = new Random(3);
        var gauge = new FloodGauge();
        var accepted = new Queue<long>();
        var now = TimeSpan.Zero;
        var most = 0;
        for (var i = 0; i < 100_000; i++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(1_000) == 0 ? random.Next(200_000) : random.Next(100));
            gauge.Accepted(now);
            accepted.Enqueue((long)now.TotalSeconds);
            while (accepted.Peek() <= (long)now.TotalSeconds - 60)
                accepted.Dequeue();
            Assert.Equal(accepted.Count, gauge.Count);
            most = Math.Max(most, gauge.Count);
        }

        Assert.True(most > 1_000);
        gauge.AdvanceTo(now + TimeSpan.FromSeconds(61));
        Assert.Equal(0, gauge.Count);
    }

    /// <summary>Checks dcrd's formula: p = 0.2 + 1.1 x 0.65 x² / (0.1 + x²), x = (n - 300) / 900 up to 1.</summary>
    [Theory]
    [InlineData(301, 0.2)]
    [InlineData(750, 0.7107)]
    [InlineData(1200, 0.85)]
    [InlineData(1_000_000, 0.85)]
    public void ShareRefused_IsDcrds(int count, double share) => Assert.Equal(share, FloodGauge.ShareRefused(count, 300), 0.0001);
}
