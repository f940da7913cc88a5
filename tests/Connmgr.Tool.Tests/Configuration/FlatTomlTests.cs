using CsCheck;

namespace Connmgr.Tool.Tests;

/// <summary>The reader of chain files next to a complete reader of TOML, which reads the configuration.</summary>
public sealed class FlatTomlTests
{
    private static readonly string[] Parts =
    [
        "a", "b-c", "_1", "name", "=", " = ", "'", "\"", "'x'", "\"y\"", "\"\\u0041\"", "\"\\\"\"", "\\", "\\q", "1", "0", "01", "1_0", "+5", "-5", "9223372036854775807", "1e5", "1.5", "true", "[", "]", "[ 'x' ]",
        "['x', \"y\"]", "[\n'x',\n]", ",", "#", "# z", "\n", "\n", "\r\n", "\t", " ", "\r", "\u0001", "\u00e9", "{", "}", ".", "'''", "\"\"\"", "0x1F", "2020-01-01", "a = 1\n", "b = 'x'\n",
    ];

    private static readonly Gen<string> Keys = Gen.Int[0, 3].Select(index => "a,b-c,_1,name".Split(',')[index]);

    /// <summary>What it accepts is TOML, and means the same.</summary>
    [Fact]
    public void Parse_WhateverItAccepts_IsTomlWithTheSameMeaning()
    {
        var (accepted, withArray) = (0, 0);
        var part = Gen.Int[0, Parts.Length - 1].Select(index => Parts[index]);
        var line = Gen.Select(Keys, part, Gen.Int[0, 3], part).Select((key, value, change, other) => change switch
        {
            0 => $"{key} = [{value}, {other}]\n",
            1 => $"{key}{other}= {value}\n",
            2 => $"{key} = {value}{other}",
            _ => $"{key} = {value}\n",
        });
        line.Array[0, 3].Sample(
            lines =>
            {
                var text = string.Concat(lines);
                var flat = FlatToml.Parse(text);
                if (flat.Errors.Count > 0)
                    return;
                var whole = ConfigurationFile.Parse(text, "f.toml");
                Assert.True(whole.Errors.Count == 0, $"{text}: {string.Join(' ', whole.Errors.Select(error => error.Message))}");
                Assert.Equal(
                    whole.Entries.Select(entry => (entry.Section, entry.Key, string.Join('|', entry.Values), entry.Line)),
                    flat.Entries.Select(entry => ((string?)null, entry.Key, Values(entry), entry.Line)));
                if (flat.Entries.Count > 0)
                    Interlocked.Increment(ref accepted);
                if (flat.Entries.Any(entry => entry.Texts is { Length: > 0 }))
                    Interlocked.Increment(ref withArray);
            },
            iter: Effort.Of(20_000));
        Assert.True(accepted > 100 && withArray > 10, $"{accepted} accepted, {withArray} of these with an array");

        static string Values(FlatTomlEntry entry) => entry.Texts is { } texts ? string.Join('|', texts) : entry.Text ?? $"{entry.Number}";
    }
}
