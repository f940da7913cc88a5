using CsCheck;

namespace Connmgr.Tests.PortMapping;

public sealed class GatewayEpochTests
{
    private static readonly Gen<int> Elapsed = Gen.Int[0, 1_000_000];

    /// <summary>A clock may be a sixteenth too fast or too slow, and a reply two seconds late.</summary>
    [Fact]
    public void IsReset_ClockThatGoesOn_IsFalse() => Gen.Select(Gen.UInt[0, 1_000_000_000], Elapsed, Gen.Double[-1.0 / 17, 1.0 / 17]).Sample(
        (start, elapsed, drift) => Assert.False(new GatewayEpoch(start, TimeSpan.Zero).IsReset(new((uint)(start + (elapsed * (1 + drift))), TimeSpan.FromSeconds(elapsed)))));

    [Fact]
    public void IsReset_ClockThatBeganAgain_IsTrue() => Gen.Select(Gen.UInt[3, 1_000_000_000], Elapsed).SelectMany(
        static (start, elapsed) => Gen.UInt[0, Math.Min(start - 2, int.MaxValue)].Select(later => (start, elapsed, later))).Sample(
        drawn => Assert.True(new GatewayEpoch(drawn.start, TimeSpan.Zero).IsReset(new(drawn.later, TimeSpan.FromSeconds(drawn.elapsed)))));

    [Theory]
    [InlineData(100, 101, 1, false)]
    [InlineData(100, 99, 0, false)] // Two replies may pass each other.
    [InlineData(100, 98, 0, true)]
    [InlineData(100, 400, 300, false)]
    [InlineData(100, 105, 300, true)] // It has begun again in between, and is beyond the former value already.
    [InlineData(100, 4000, 300, true)]
    public void IsReset_Cases(uint before, uint after, int seconds, bool isReset) =>
        Assert.Equal(isReset, new GatewayEpoch(before, TimeSpan.Zero).IsReset(new(after, TimeSpan.FromSeconds(seconds))));
}
