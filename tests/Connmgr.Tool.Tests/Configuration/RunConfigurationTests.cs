using CsCheck;

namespace Connmgr.Tool.Tests;

/// <summary>The configuration of a run from command line, environment and file, by <c>run --print-config</c>.</summary>
public sealed class RunConfigurationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    private string File => Path.Combine(_directory, "c.toml");

    /// <summary>Covers any subset of the four sources with any values: the first source with a value counts.</summary>
    [Fact]
    public async Task Print_Precedence_IsCommandLineEnvironmentTableFile()
    {
        var seen = new int[16];
        await Gen.Int[0, 15].Select(Gen.Int[1, 9999].Array[4]).SampleAsync(
            async (places, values) =>
            {
                Interlocked.Increment(ref seen[places]);
                var path = Path.Combine(_directory, $"{Guid.NewGuid()}.toml");
                await System.IO.File.WriteAllLinesAsync(path,
                [
                    (places & 8) != 0 ? $"target = {values[3]}" : "",
                    "[signet]",
                    (places & 4) != 0 ? $"target = {values[2]}" : "",
                    "[mainnet]",
                    "target = 10000",
                ]);
                var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_CONFIG"] = path, ["CONNMGR_NETWORK"] = "signet" };
                if ((places & 2) != 0)
                    variables.Add("CONNMGR_TARGET", $"{values[1]}");
                var run = new ToolRun { Variables = variables };
                string[] args = (places & 1) != 0 ? ["--target", $"{values[0]}"] : [];
                Assert.Equal(0, await run.RunAsync(CancellationToken.None, ["run", "--print-config", .. args]));
                var from = new[] { "command line", "CONNMGR_TARGET", $"{path}:3", $"{path}:1" };
                var first = Enumerable.Range(0, 4).FirstOrDefault(place => (places & (1 << place)) != 0, -1);
                if (first < 0)
                    Assert.DoesNotContain("target =", run.Out, StringComparison.Ordinal);
                else
                    Assert.Matches($"(?m)^target = {values[first]} +# {System.Text.RegularExpressions.Regex.Escape(from[first])}$", run.Out);
            },
            iter: 400);
        Assert.DoesNotContain(0, seen);
    }

    [Fact]
    public async Task Print_WhatIsPrinted_IsAFileThatSetsTheSame()
    {
        var (_, first) = await PrintAsync(
            "network = \"mainnet\"\nadd-peer = [\"1.2.3.4\", \"[::1]:8333\"]\nlisten = []\ntor-password-file = \"/tmp/a \\\"b\\\\\\u0007\"\ntor-control = '127.0.0.1:9051'\n" +
            "proxy = ['127.0.0.1:1', 'tor:2=onion']\naccept-rate = 0.5\nallow = 'noban@10.0.0.0/8'\ntarget = 08", "--json");
        Assert.Contains("not TOML", first.Error, StringComparison.Ordinal); // 08 is no number of TOML's.
        (_, first) = await PrintAsync(
            "network = \"mainnet\"\nadd-peer = [\"1.2.3.4\", \"[::1]:8333\"]\nlisten = []\ntor-password-file = \"/tmp/a \\\"b\\\\\\u0007\"\ntor-control = '127.0.0.1:9051'\n" +
            "proxy = ['127.0.0.1:1', 'tor:2=onion']\naccept-rate = 0.5\nallow = 'noban@10.0.0.0/8'\ntarget = '08'\nservices = 'filters+0x80'\nrelay = 'off'\nuser-agent = '/a \"b:1/'\nstart-height = 7", "--json");
        Assert.Empty(first.Error);
        var (code, second) = await PrintAsync(first.Out);
        Assert.Equal((0, ""), (code, second.Error));
        Assert.Equal(Settings(first), Settings(second));
        Assert.Equal(14, Settings(first).Count);
        Assert.Contains("services = \"filters+0x80\"", Settings(first), StringComparer.Ordinal);
        Assert.Contains("user-agent = \"/a \\\"b:1/\"", Settings(first), StringComparer.Ordinal);
        Assert.Contains("listen = []", Settings(first), StringComparer.Ordinal);
        Assert.Contains("add-peer = [\"1.2.3.4\", \"[::1]:8333\"]", Settings(first), StringComparer.Ordinal);
        Assert.Contains("tor-password-file = \"/tmp/a \\\"b\\\\\\U00000007\"", Settings(first), StringComparer.Ordinal);

        static List<string> Settings(ToolRun run) =>
            [.. run.Out.Split('\n').Where(line => line.Contains(" = ", StringComparison.Ordinal)).Select(line => line[..line.LastIndexOf('#')].TrimEnd())];
    }

    [Fact]
    public async Task Run_EverythingThatIsWrong_IsToldAtOnce_WithItsPlace()
    {
        await System.IO.File.WriteAllTextAsync(
            File,
            "target = 16\ntagret = 3\nadd-peer = ['1.2.3', '[::1]']\njson = 'x'\n[signet]\ntarget = 'eight'\nnetwork = 'signet'\n[mainet]\ntarget = 1\n",
            TestContext.Current.CancellationToken);
        var run = new ToolRun
        {
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["CONNMGR_MAX_INBOUND"] = "-4",
                ["CONNMGR_LISTNE"] = "a",
                ["CONNMGR_SERVICE_HOST"] = "of Kubernetes",
                ["CONNMGR_PORT_8333_TCP"] = "of Kubernetes",
                ["CONNMGR_DNS_SERVER"] = "",
                ["OTHER"] = "x",
            },
        };
        Assert.Equal(2, await run.RunAsync("run", "--config", File, "--timeout", "3"));
        Assert.Equal(
            [
                "connmgr run: the environment sets CONNMGR_LISTNE, which is not a setting: did you mean CONNMGR_LISTEN?",
                "connmgr run: CONNMGR_MAX_INBOUND is '-4': use a whole number from 0 to 100000, such as --max-inbound 8.",
                $"connmgr run: {File}:2: tagret is not a setting: did you mean target?",
                $"connmgr run: {File}:3: add-peer is '1.2.3': '1.2.3' is not an IPv4 address: write four numbers from 0 to 255, such as 127.0.0.1.",
                $"connmgr run: {File}:4: json is 'x': use true or false.",
                $"connmgr run: {File}:6: target is 'eight': use a whole number from 0 to 10000, such as --target 8.",
                $"connmgr run: {File}:7: network chooses the network, so it can't be in a network's table: write it before the first [ ].",
                $"connmgr run: {File}:9: [mainet] is not a network; use one of sandbox, regtest, signet, testnet4, mainnet: did you mean mainnet?",
                "connmgr run: --timeout only applies with --until-full: add --until-full, or leave --timeout out.",
                "'connmgr run --help' lists the commands and options.",
            ],
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("target = [1, 2]", ":1: target has 2 values: give one.")]
    [InlineData("target = ''", ":1: target is empty")]
    [InlineData("json = [true, false]", ":1: json is 'true false': use true or false.")]
    [InlineData("config = 'x'", ":1: config is not a setting")]
    [InlineData("zzzzzzzz = 1", ":1: zzzzzzzz is not a setting: 'connmgr run --help' lists the settings.")]
    [InlineData("target = \"\\e[2J\"", ":1: target is '?[2J'")]
    public async Task Run_AWrongFile_ExitsWith2(string text, string message)
    {
        var (code, run) = await PrintAsync(text);
        Assert.Equal(2, code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Error);
    }

    [Fact]
    public async Task Run_TheFileOfItsDataDirectory_IsRead_AndCannotMoveIt()
    {
        var path = Path.Combine(_directory, ConfigurationFile.DefaultName);
        await System.IO.File.WriteAllTextAsync(path, "target = 5", TestContext.Current.CancellationToken);
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--data-dir", _directory, "--print-config"));
        Assert.Matches("(?m)^target = 5 +# " + path, run.Out);

        await System.IO.File.WriteAllTextAsync(path, "data-dir = '/elsewhere'", TestContext.Current.CancellationToken);
        run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("run", "--data-dir", _directory, "--print-config"));
        Assert.Contains($"{path}:1: data-dir is the directory in which this file was found", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", null, "true")]
    [InlineData("true", "--json=false", "false")]
    [InlineData("0", "--json", "true")]
    [InlineData("1", null, "true")]
    [InlineData("0", "--json=True", "true")]
    [InlineData("1", "--json=FALSE", "false")]
    public async Task Print_AFlag_IsSwitchedOffByWhatCountsMore(string variable, string? argument, string expected)
    {
        var run = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_JSON"] = variable } };
        Assert.Equal(0, await run.RunAsync(["run", "--print-config", .. argument is null ? Array.Empty<string>() : [argument]]));
        Assert.Contains($"json = {expected} ", run.Out, StringComparison.Ordinal);
    }

    /// <summary>Covers words of flags in any case, which the parser accepts.</summary>
    [Fact]
    public async Task Run_AFlagInCapitals_IsOn()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--json=True", "--until-full=TRUE", "--timeout", "60"));
        Assert.Equal("summary", run.Lines[^1].GetProperty("event").GetString());
    }

    /// <summary>Expects that a file and the environment can set every option of the help, except those about the configuration itself.</summary>
    [Fact]
    public void Settings_AreAllOptions_EachWithAVariableOfItsOwn()
    {
        var options = new RunOptionSet().All.Select(option => option.Name).ToList();
        Assert.True(options.Count >= 26, $"{options.Count}");
        Assert.Equal(options.Count, options.Select(SettingSource.GetVariable).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("CONNMGR_MAX_HANDSHAKES_PER_PREFIX", SettingSource.GetVariable("--max-handshakes-per-prefix"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<(int Code, ToolRun Run)> PrintAsync(string text, params string[] args)
    {
        await System.IO.File.WriteAllTextAsync(File, text, TestContext.Current.CancellationToken);
        var run = new ToolRun();
        return (await run.RunAsync(["run", "--config", File, "--print-config", .. args]), run);
    }
}
