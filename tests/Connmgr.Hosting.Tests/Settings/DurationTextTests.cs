using System.Text.RegularExpressions;
using CsCheck;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>Times as text.</summary>
public class DurationTextTests
{
    private static readonly Regex Pattern = new(DurationText.Pattern, RegexOptions.ECMAScript, TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("5s", 5)]
    [InlineData("1.5h", 5400)]
    [InlineData("2m", 120)]
    [InlineData("1d", 86400)]
    [InlineData("00:00:05", 5)]
    [InlineData("1.02:00:00", 93600)]
    public void TryParse_ATime_ReadsIt(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), value);
        Assert.Matches(Pattern, text);
    }

    [Theory]
    [InlineData("5")] // Which .NET takes for days.
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("5sec")]
    [InlineData("1e3s")]
    [InlineData("-00:00:05")]
    [InlineData("99999999999d")]
    [InlineData("00:61:00")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    public void TryParse_NoTime_RefusesIt(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Format_AnyTime_IsReadBack_AndFitsTheSchema() => Gen.OneOf(Gen.Long[0, TimeSpan.TicksPerDay * 400], Gen.Long[0, 4_000_000].Select(ms => ms * TimeSpan.TicksPerMillisecond)).Sample(
        ticks =>
        {
            var text = DurationText.Format(TimeSpan.FromTicks(ticks));
            Assert.Matches(Pattern, text);
            return DurationText.TryParse(text, out var value) && value.Ticks == ticks;
        });

    /// <summary>Checks that no text leads to an exception or a negative time.</summary>
    [Fact]
    public void TryParse_AnyText_GivesATime_OrNone() => Gen.String[Gen.OneOf([.. "0123456789.:smhd -".Select(Gen.Const)]), 0, 30].Sample(
        text => DurationText.TryParse(text, out var value) ? value >= TimeSpan.Zero : value == TimeSpan.Zero, iter: 10_000);
}
