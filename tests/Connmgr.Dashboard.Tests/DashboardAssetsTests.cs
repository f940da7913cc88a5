using System.Text.RegularExpressions;

namespace Connmgr.Tool.Tests;

/// <summary>The files of the page use the words of the API.</summary>
public sealed partial class DashboardAssetsTests
{
    [Fact]
    public void Script_CausesOfFailedDials_AreWordsOfTheApi()
    {
        var known = Enum.GetValues<ConnectFailureCause>().Select(Names.Get).ToHashSet(StringComparer.Ordinal);
        using var reader = new StreamReader(typeof(DashboardAssets).Assembly.GetManifestResourceStream("dashboard/dashboard.js")!);
        var script = reader.ReadToEnd();
        var coloured = Quoted().Matches(OwnColour().Match(script).Groups["list"].Value).Select(static word => word.Groups["word"].Value).ToList();
        var counted = Failed().Matches(script).Select(static word => word.Groups["word"].Value).ToList();

        Assert.NotEmpty(coloured);
        Assert.Equal(coloured, counted);
        Assert.DoesNotContain(coloured, cause => !known.Contains(cause));
    }

    [GeneratedRegex(@"const OWN_COLOUR = \[(?<list>.*?)\];", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex OwnColour();

    [GeneratedRegex("'(?<word>[A-Za-z]+)'", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"failed\('(?<word>[A-Za-z]+)'\)", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Failed();
}
