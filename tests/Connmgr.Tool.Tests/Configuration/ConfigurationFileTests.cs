using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class ConfigurationFileTests
{
    [Fact]
    public void Parse_EveryKindOfValue_IsTextWithItsLineAndSection()
    {
        const string Text = """
            # a remark
            target = 1_6
            'accept-rate' = 0.2
            json = true
            add-peer = ["1.2.3.4",   # the first
                        '[::1]:8333']
            listen = []

            [signet]
            target = 4
            """;
        var file = ConfigurationFile.Parse(Text, "c.toml");
        Assert.Empty(file.Errors);
        Assert.Equal(
            [
                ("", "target", "16", 2), ("", "accept-rate", "0.2", 3), ("", "json", "true", 4), ("", "add-peer", "1.2.3.4 [::1]:8333", 5), ("", "listen", "", 7),
                ("signet", "target", "4", 10),
            ],
            file.Entries.Select(entry => (entry.Section ?? "", entry.Key, string.Join(' ', entry.Values), entry.Line)));
    }

    [Theory]
    [InlineData("target 8", 1, "Expecting `=`")]
    [InlineData("a = 1\ntarget = 8\ntarget = 9", 3, "already defined")]
    [InlineData("a = 1\n[signet]\n[signet]", 3, "already defined")]
    [InlineData("a = \"x", 1, "string")]
    [InlineData("\n\na = { b = 1 }", 3, "a is { b = 1 }: use text in quotes")]
    [InlineData("a = 2020-01-01", 1, "use text in quotes")]
    [InlineData("a = [[1]]", 1, "use text in quotes")]
    [InlineData("[[signet]]\na = 1", 1, "write [signet]")]
    public void Parse_WhatIsWrong_IsToldWithItsLine(string text, int line, string what)
    {
        var error = ConfigurationFile.Parse(text, "c.toml").Errors[0];
        Assert.Equal(line, error.Line);
        Assert.StartsWith($"c.toml:{line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a=", "}")]
    [InlineData("[{a=", "}]")]
    [InlineData("[", "")]
    public void Parse_NestedDeeply_IsAnErrorOfTheFile(string open, string close)
    {
        foreach (var depth in (int[])[65, 5_000])
        {
            var text = $"target = {string.Concat(Enumerable.Repeat(open, depth))}1{string.Concat(Enumerable.Repeat(close, depth))}";
            var error = Assert.Single(ConfigurationFile.Parse(text, "c.toml").Errors);
            Assert.StartsWith("c.toml: brackets or braces are nested too deep", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parse_AnyText_GivesEntriesOrErrorsWithinTheText() =>
        Gen.OneOf(Gen.OneOf("target", " = ", "\n", "[", "]", "\"", "'", "#", "8", "true", "{", "}", ",", "signet", "\"\"\"", ".", "\\u", "1e9", "inf", new string('[', 70), string.Concat(Enumerable.Repeat("{a=", 70))), Gen.String)
            .Array[0, 30].Select(string.Concat).Sample(
            text =>
            {
                var file = ConfigurationFile.Parse(text, "c.toml");
                var lines = text.Split('\n').Length;
                Assert.All(file.Errors, error => Assert.InRange(error.Line, 0, lines + 1));
                Assert.All(file.Entries, entry => Assert.InRange(entry.Line, 1, lines));
                Assert.All(file.Entries, entry => Assert.DoesNotContain(entry.Values, value => value is null));
            },
            iter: Effort.Of(5_000));

    [Fact]
    public async Task Read_TooLongAFile_IsRefused()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, new byte[(1 << 20) + 1], TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<ToolException>(() => ConfigurationFile.ReadAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("1048576 bytes", exception.Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData("/nowhere/c.toml")]
    [InlineData("/")]
    [InlineData("a\0b")]
    public async Task Read_NoFile_SaysWhatToDo(string path)
    {
        var exception = await Assert.ThrowsAsync<ToolException>(() => ConfigurationFile.ReadAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("--config", exception.Message, StringComparison.Ordinal);
    }
}
