using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests;

/// <summary>Holds the examples in the XML documentation to the public API: no compiler reads them, so a rename passes them by.</summary>
public partial class ExampleTests
{
    private static readonly HashSet<string> PublicNames =
    [
        .. new[] { typeof(ConnectionManager), typeof(Bitcoin.PeerNetwork), typeof(Testing.SandboxNetwork), typeof(Hosting.BitcoinPeersBuilder) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Concat([typeof(IPAddress), typeof(TimeSpan), typeof(Stream)])
            .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Select(member => member.Name).Append(type.Name)),
    ];

    [Fact]
    public void Examples_MembersTheyUse_ArePublic()
    {
        var examples = Directory.GetFiles(Repository.GetPath("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Example().Matches(File.ReadAllText(file)).Select(match => (File: Path.GetFileName(file), Code: match.Groups["code"].Value)))
            .ToArray();
        var unknown = examples
            .SelectMany(example => Member().Matches(example.Code).Select(match => (example.File, Member: match.Groups["member"].Value)))
            .Where(use => !PublicNames.Contains(use.Member));

        Assert.True(examples.Length >= 10, $"Only {examples.Length} examples were found.");
        Assert.Empty(unknown);
    }

    [GeneratedRegex("/// <code>\r?\n(?<code>.*?)/// </code>|<c>(?<code>[^<]*=>[^<]*)</c>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Example();

    /// <summary>A member after a dot, or one that an initializer sets.</summary>
    [GeneratedRegex(@"\.(?<member>[A-Z]\w+)|(?<![\w.])(?<member>[A-Z]\w+) = ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Member();
}
