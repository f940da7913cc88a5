using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

public class BackoffTests
{
    [Fact]
    public void Delay_IsBetweenHalfAndAllOfNTimesTheUnitUpToTheMaximum() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Long[1, TimeSpan.TicksPerDay], Gen.Long[1, 365 * TimeSpan.TicksPerDay], Gen.Int).Sample(
            (failures, unit, more, seed) =>
            {
                var max = TimeSpan.FromTicks(unit + more);
                var delay = Backoff.Delay(failures, TimeSpan.FromTicks(unit), max, new Random(seed));
                var whole = Math.Min((double)unit * Math.Max(1, failures), max.Ticks);
                Assert.InRange(delay.Ticks, (long)(whole / 2), (long)whole + 1);
            });

    [Fact]
    public void Delay_UsesTheWholeRange()
    {
        var random = new Random(1);
        var delays = Enumerable.Range(0, 1_000)
            .Select(_ => Backoff.Delay(2, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), random).TotalSeconds)
            .ToList();
        Assert.InRange(delays.Min(), 5, 5.1);
        Assert.InRange(delays.Max(), 9.9, 10);
    }
}
