using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("/Satoshi:29.1.0/", "/Satoshi:29.1.0/")]
    [InlineData("\e]0;owned\a", "?]0;owned?")]
    [InlineData("a\r\nb\tc", "a??b?c")]
    [InlineData("\u009b31m", "?31m")]
    [InlineData("\u202egnp.exe", "?gnp.exe")]
    [InlineData("a\u2028b\u200bc", "a?b?c")]
    [InlineData("é漢😀", "é漢😀")]
    public void Line_OfText_IsSafe(string text, string expected) => Assert.Equal(expected, SafeText.Line(text));

    [Fact]
    public void Line_OfAnything_IsOneBoundedLineWithoutControls() => Gen.String.Sample(text =>
    {
        var line = SafeText.Line(text, maxLength: 20);
        return line.Length <= 20 && !line.Any(char.IsControl)
            && string.Equals(SafeText.Line(line, maxLength: 20), line, StringComparison.Ordinal);
    });
}
