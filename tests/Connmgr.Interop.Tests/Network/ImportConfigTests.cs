using System.Text.RegularExpressions;

namespace Connmgr.Interop;

/// <summary><c>connmgr import-config</c> next to a real node that reads the same file: sections, order, "no" and what it ignores.</summary>
public sealed partial class ImportConfigTests(ITestOutputHelper output) : IDisposable
{
    private static readonly (string Name, string[] Values)[] Settings =
    [
        ("addnode", ["127.9.9.1:1", "127.9.9.2:1", "127.9.9.3:1", "0", ""]),
        ("externalip", ["20.7.7.1", "20.7.7.2", "20.7.7.3"]),
        ("onlynet", ["ipv4", "ipv6"]),
        ("proxy", ["127.9.9.9:1", "127.9.9.9:2", "0"]),
        ("uacomment", ["a", "b"]),
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-import-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public async Task Import_ARandomFile_MeansWhatTheNodeMakesOfIt(int seed)
    {
        var text = Write(new Random(seed));
        output.WriteLine(text);
        var (conf, toml) = (Path.Combine(_directory, "bitcoin.conf"), Path.Combine(_directory, "connmgr.toml"));
        await File.WriteAllTextAsync(conf, text, Cancellation);
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Arguments = [$"-conf={conf}"] }, Cancellation); // Names loopback addresses only.
        var info = await node.CallAsync("getnetworkinfo", Cancellation);
        var added = (await node.CallAsync("getaddednodeinfo", Cancellation)).EnumerateArray().Select(static peer => peer.GetProperty("addednode").GetString()!);
        var local = info.GetProperty("localaddresses").EnumerateArray().Select(static each => each.GetProperty("address").GetString()!);
        var networks = info.GetProperty("networks").EnumerateArray().ToDictionary(static each => each.GetProperty("name").GetString()!, StringComparer.Ordinal);

        await File.WriteAllTextAsync(conf, $"chain=regtest\n{text}", Cancellation); // The node has it on its command line.
        await using var import = ToolProcess.Start(network: null, "import-config", conf, "--out", toml);
        Assert.Equal(0, await import.WaitAsync(Cancellation));
        await using var print = ToolProcess.Start(network: null, "run", "--print-config", "--config", toml, "--listen", "127.0.0.1:0");
        Assert.True(await print.WaitAsync(Cancellation) == 0, $"{print.Output}\n{await File.ReadAllTextAsync(toml, Cancellation)}");

        Assert.Equal(added.Where(static peer => peer is not ("" or "0")).Distinct(StringComparer.Ordinal), Ours("add-peer"), StringComparer.Ordinal);
        var only = Ours("only-net");
        if (only.Count == 0 || only.Contains("ipv4", StringComparer.Ordinal)) // The node forgets addresses of other networks.
            Assert.Equal(local.Order(StringComparer.Ordinal), Ours("external-address").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var name in (string[])["ipv4", "ipv6"])
        {
            Assert.Equal(!networks[name].GetProperty("limited").GetBoolean(), only.Count == 0 || only.Contains(name, StringComparer.Ordinal));
            Assert.Equal(networks[name].GetProperty("proxy").GetString(), Ours("proxy").LastOrDefault() is { } proxy and not "0" ? proxy : "");
        }

        var comments = CommentOf().Match(info.GetProperty("subversion").GetString()!).Groups["value"].Value;
        Assert.Equal(comments, CommentOf().Match(Line("user-agent")).Groups["value"].Value);

        List<string> Ours(string key) => [.. Value().Matches(Line(key)).Select(static match => match.Groups["value"].Value)];
        string Line(string key) => (print.Output.Split('\n').FirstOrDefault(line => line.StartsWith($"{key} = ", StringComparison.Ordinal)) ?? "").Split("  #")[0];
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Write(Random random)
    {
        var lines = new List<string>();
        foreach (var section in (string[])["", "[regtest]", "[main]", "[regtest]"])
        {
            lines.Add(section);
            for (var count = random.Next(6); count > 0; count--)
            {
                var (name, values) = Settings[random.Next(Settings.Length)];
                var prefix = section.Length == 0 && random.Next(4) == 0 ? "regtest." : "";
                lines.Add(random.Next(6) == 0 ? $"{prefix}no{name}=1" : $"{prefix} {name} = {values[random.Next(values.Length)]} # a remark".TrimStart());
            }
        }

        lines.Add("addnode=127.9.9.4:1"); // The node does not start when there is one outside of the section alone.
        return string.Join('\n', lines).Replace("regtest. ", "regtest.", StringComparison.Ordinal) + "\n";
    }

    /// <summary>A text in quotes, or a number.</summary>
    [GeneratedRegex("(?<=[ \\[])\"?(?<value>[^\" ,\\[\\]=]+)\"?(?=[\\], ]|$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Value();

    /// <summary>The comments of a user agent; Knots has another program after them.</summary>
    [GeneratedRegex("\\((?<value>[^)]*)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CommentOf();
}
