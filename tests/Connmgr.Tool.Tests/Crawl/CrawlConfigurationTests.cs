namespace Connmgr.Tool.Tests.Crawl;

/// <summary>The configuration of a crawl from command line, environment and file. That of a run has the tests of the rules that both share.</summary>
public sealed class CrawlConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-crawl-");

    private string ConfigFile => Path.Combine(_folder.FullName, "c.toml");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Expects that a file and the environment can set every option of the help, except those about the configuration itself.</summary>
    [Fact]
    public void Settings_AreAllOptions_EachWithAVariableOfItsOwn()
    {
        var command = new CrawlCommand(new ToolEnvironment { Out = TextWriter.Null, Error = TextWriter.Null }).Build();
        var settings = new CrawlOptionSet().All.Select(static option => option.Name).ToList();

        Assert.Equal(command.Options.Select(static option => option.Name).Order(StringComparer.Ordinal), settings.Concat(["--config", "--print-config"]).Order(StringComparer.Ordinal));
        Assert.Equal(settings.Count, settings.Select(SettingSource.GetVariable).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Print_AllSources_TheStrongerCounts()
    {
        await File.WriteAllTextAsync(
            ConfigFile,
            "network = 'mainnet'\nonce = true\nconcurrency = 7\nrate = 50\nstart = ['1.2.3.4', '5.6.7.8:8333']\n[mainnet]\nconcurrency = 8\n[signet]\nrate = 1\n",
            TestContext.Current.CancellationToken);
        var run = new ToolRun
        {
            Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_CONFIG"] = ConfigFile, ["CONNMGR_RATE"] = "60", ["CONNMGR_TARGET"] = "of connmgr run" },
        };

        Assert.Equal(0, await run.RunAsync("crawl", "--print-config", "--once=false", "--revisit", "1h"));

        Assert.Empty(run.Error);
        Assert.Matches("(?m)^once = false +# command line$", run.Out);
        Assert.Matches("(?m)^revisit = \"1h\" +# command line$", run.Out);
        Assert.Matches("(?m)^rate = 60 +# CONNMGR_RATE$", run.Out);
        Assert.Matches("(?m)^concurrency = 8 +# .*c.toml:7$", run.Out);
        Assert.Contains("start = [\"1.2.3.4\", \"5.6.7.8:8333\"]", run.Out, StringComparison.Ordinal);

        // What is printed is a file that sets the same.
        await File.WriteAllTextAsync(ConfigFile, run.Out, TestContext.Current.CancellationToken);
        var again = new ToolRun();
        Assert.Equal(0, await again.RunAsync("crawl", "--config", ConfigFile, "--print-config"));
        Assert.Equal(Settings(run), Settings(again));
        Assert.Equal(6, Settings(run).Length);

        static string[] Settings(ToolRun run) => [.. run.Out.Split('\n').Where(static line => line.Contains(" = ", StringComparison.Ordinal)).Select(static line => line[..line.IndexOf('#', StringComparison.Ordinal)].TrimEnd())];
    }

    [Fact]
    public async Task Crawl_EverythingThatIsWrong_IsToldAtOnce_WithItsPlace()
    {
        await File.WriteAllTextAsync(
            ConfigFile, "concurency = 3\ntarget = 16\nonce = 'x'\nproxy = '127.0.0.1:9050'\nonce = true\n", TestContext.Current.CancellationToken);
        var wrong = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_ONEC"] = "true" } };

        Assert.Equal(2, await wrong.RunAsync("crawl", "--config", ConfigFile));

        Assert.All(
            [
                "connmgr crawl: the environment sets CONNMGR_ONEC, which is not a setting: did you mean CONNMGR_ONCE?",
                $"connmgr crawl: {ConfigFile}:1: concurency is not a setting: did you mean concurrency?",
                $"connmgr crawl: {ConfigFile}:2: target is not a setting: 'connmgr crawl --help' lists the settings.",
                $"connmgr crawl: {ConfigFile}:3: once is 'x': use true or false.",
                "connmgr crawl: --proxy has no effect in the sandbox, which is in memory: add --network mainnet, for example.",
                "'connmgr crawl --help' lists the commands and options.",
            ],
            line => Assert.Contains(line, wrong.Error.Split('\n'), StringComparer.Ordinal));
        Assert.Empty(wrong.Out);
    }

    [Fact]
    public async Task Crawl_TheFileOfItsFolder_IsRead_AndCannotMoveIt()
    {
        var path = Path.Combine(_folder.FullName, ConfigurationFile.DefaultName);
        await File.WriteAllTextAsync(path, "once = true\njson = true\nconcurrency = 5\n", TestContext.Current.CancellationToken);
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("crawl", "--out", _folder.FullName)); // It would not end without the file.
        Assert.NotEmpty(run.Lines);

        await File.WriteAllTextAsync(path, "out = '/elsewhere'", TestContext.Current.CancellationToken);
        run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("crawl", "--out", _folder.FullName));
        Assert.Contains($"{path}:1: out is the directory in which this file was found", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("30s", 30)]
    [InlineData("10m", 600)]
    public async Task Load_AnswerTimeout_IsTheTimeOfTheOption(string? text, int? seconds)
    {
        Setting[] settings = text is null ? [] : [new("--answer-timeout", [text], SettingSource.FromCommandLine("--answer-timeout"))];
        var loader = new ConfigurationLoader([.. settings], file: null, new Dictionary<string, string>(StringComparer.Ordinal));

        var options = (await loader.LoadAsync(new CrawlOptionSet(), TestContext.Current.CancellationToken)).Options;

        Assert.Equal(seconds, options.AnswerTimeout?.TotalSeconds);
    }

    /// <summary>Both commands read the environment, and each ignores the variables of the other.</summary>
    [Fact]
    public async Task Run_VariableOfACrawl_IsNoError()
    {
        var run = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_ONCE"] = "true", ["CONNMGR_TARGET"] = "3" } };
        Assert.Equal(0, await run.RunAsync("run", "--print-config"));
        Assert.Matches("(?m)^target = 3 +# CONNMGR_TARGET$", run.Out);
    }
}
