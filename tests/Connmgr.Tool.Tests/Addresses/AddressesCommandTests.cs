using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary>The same commands on a file and on a running run.</summary>
public sealed class AddressesCommandTests : IDisposable
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333";

    private static readonly string[] Some = ["8.8.1.1:8333", "9.9.2.2", "[2a00:1::7]:18333", Onion];

    private readonly string _parent = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task Import_Text_MakesABookThatListAndStatsShow()
    {
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        var import = Assert.Single(await JsonAsync("addresses", "--network", "mainnet", "import", TextFile([.. Some, "# remark", "", "nonsense", "10.0.0.1", "8.8.1.1"])));
        Assert.Equal(("text", 5, 4, 0, 1, 1, 4), (
            import.GetProperty("format").GetString(), Number(import, "read"), Number(import, "added"), Number(import, "known"),
            Number(import, "refused"), Number(import, "invalid"), Number(import, "total")));
        Assert.Equal("[7]", import.GetProperty("invalidLines").GetRawText());

        var list = await JsonAsync("addresses", "list");
        Assert.Equal(["8.8.1.1:8333", "9.9.2.2:8333", "[2a00:1::7]:18333", Onion], list.Select(Address).OrderBy(Rank), StringComparer.Ordinal);
        Assert.All(list, item =>
        {
            Assert.Equal("new", item.GetProperty("table").GetString());
            Assert.Equal("0000000000000009", item.GetProperty("services").GetString());
            Assert.EndsWith("Z", item.GetProperty("lastSeen").GetString(), StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, item.GetProperty("lastSuccess").ValueKind);
        });
        Assert.Equal(Onion, Address(Assert.Single(await JsonAsync("addresses", "list", "--only-net", "onion"))));
        Assert.Equal(3, (await JsonAsync("addresses", "list", "--only-net", "onion", "--only-net", "ipv4", "--table", "new")).Count);
        Assert.Empty(await JsonAsync("addresses", "list", "--table", "tried"));
        Assert.Equal(
            ["ipv4 2 0 2", "ipv6 1 0 1", "onion 1 0 1", "i2p 0 0 0", "cjdns 0 0 0", "all 4 0 4"],
            (await JsonAsync("addresses", "stats")).Select(Count),
            StringComparer.Ordinal);

        import = Assert.Single(await JsonAsync("addresses", "import", TextFile(["8.8.1.1", "8.8.3.3"])));
        Assert.Equal((1, 1, 5), (Number(import, "added"), Number(import, "known"), Number(import, "total")));
    }

    [Fact]
    public async Task Export_PeersDat_MovesTheTriedToo()
    {
        var book = SmallBook.Create();
        book.Add(new PeerAddress(NetworkEndPoint.Parse("8.8.1.1:8333"), 9, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)), NetworkAddress.Parse("9.9.9.9"));
        book.Add(new PeerAddress(NetworkEndPoint.Parse(Onion), 1033, DateTimeOffset.FromUnixTimeSeconds(1_700_000_001)), NetworkAddress.Parse("9.9.9.9"));
        Assert.True(book.MarkGood(NetworkEndPoint.Parse(Onion), DateTimeOffset.FromUnixTimeSeconds(1_700_000_002)));
        var foreign = Path.Combine(_parent, "foreign.dat");
        await PeersFile.SaveAsync(book, foreign, ChainParameters.Signet.Magic, TestContext.Current.CancellationToken);

        var import = Assert.Single(await JsonAsync("addresses", "import", foreign)); // Its magic tells the network.
        Assert.Equal(("peers.dat", 2, 2, 1), (import.GetProperty("format").GetString(), Number(import, "read"), Number(import, "added"), Number(import, "tried")));
        var tried = Assert.Single(await JsonAsync("addresses", "list", "--table", "tried"));
        Assert.Equal(
            (Onion, "onion", "0000000000000409", "2023-11-14T22:13:22.000Z", "9.9.9.9"),
            (Address(tried), tried.GetProperty("network").GetString(), tried.GetProperty("services").GetString(), tried.GetProperty("lastSuccess").GetString(),
                tried.GetProperty("source").GetString()));

        var exported = Path.Combine(_parent, "peers.dat");
        var export = Assert.Single(await JsonAsync("addresses", "export", exported));
        Assert.Equal(("peers.dat", 2), (export.GetProperty("format").GetString(), Number(export, "written")));
        var loaded = await PeersFile.LoadAsync(exported, ChainParameters.Signet.Magic, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (loaded.GetCount(tables: AddressTables.New), loaded.GetCount(tables: AddressTables.Tried)));

        var text = Path.Combine(_parent, "tried.txt");
        await JsonAsync("addresses", "export", text, "--table", "tried");
        Assert.Equal(Onion + "\n", await File.ReadAllTextAsync(text, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_parent, "*.tmp", SearchOption.AllDirectories));
    }

    /// <summary>Covers the form of Bitcoin Core's lists of nodes, and a byte order mark.</summary>
    [Fact]
    public async Task Import_RemarksAndByteOrderMark_AreNoAddresses()
    {
        var file = Path.Combine(_parent, "nodes.txt");
        await File.WriteAllTextAsync(file, $"\uFEFF8.8.1.1:8333 # AS1\r\n[2a00:1::7]:8333     # AS2\n# words\n{Onion} # tor\n", TestContext.Current.CancellationToken);

        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        var import = Assert.Single(await JsonAsync("addresses", "--network", "mainnet", "import", file));

        Assert.Equal((3, 3, 0), (Number(import, "read"), Number(import, "added"), Number(import, "invalid")));
    }

    [Fact]
    public async Task ExportThenImport_OfEachNetwork_GivesTheSame()
    {
        string[] all = ["8.8.1.1:8333", "[2a00:1::7]:18333", Onion, "[fc11:2233::1]:8333", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0"];
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        await JsonAsync("addresses", "--network", "mainnet", "import", TextFile(all));
        var before = (await JsonAsync("addresses", "list")).Select(item => (Address(item), item.GetProperty("network").GetString())).Order().ToList();
        Assert.Equal(all.Order(StringComparer.Ordinal), before.Select(item => item.Item1).Order(StringComparer.Ordinal));
        Assert.Contains(("[fc11:2233::1]:8333", "cjdns"), before);
        var text = Path.Combine(_parent, "all.txt");
        await JsonAsync("addresses", "export", text);
        Directory.Delete(Data, recursive: true);
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);

        await JsonAsync("addresses", "--network", "mainnet", "import", text);

        Assert.Equal(before, (await JsonAsync("addresses", "list")).Select(item => (Address(item), item.GetProperty("network").GetString())).Order());
    }

    /// <summary>Uses a book so full that addresses placed by another key would replace each other.</summary>
    [Fact]
    public async Task Import_FullPeersDatIntoNoBook_KeepsItAndCountsWhatItHas()
    {
        var book = new AddressBook();
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < 40_000; i++)
        {
            var source = NetworkAddress.Parse($"{90 + (i % 90)}.{i % 250}.1.1");
            book.Add(new PeerAddress(NetworkEndPoint.Parse($"{23 + (i % 40)}.{(i / 40 % 250) + 1}.{(i / 10_000) + 1}.1:8333"), 9, now), source);
        }

        var foreign = Path.Combine(_parent, "foreign.dat");
        await PeersFile.SaveAsync(book, foreign, ChainParameters.Mainnet.Magic, TestContext.Current.CancellationToken);

        var import = Assert.Single(await JsonAsync("addresses", "import", foreign));
        Assert.Equal((book.Count, book.Count, 0, 0, book.Count), (Number(import, "read"), Number(import, "added"), Number(import, "known"), Number(import, "refused"), Number(import, "total")));
        import = Assert.Single(await JsonAsync("addresses", "import", foreign));
        Assert.Equal((0, book.Count, book.Count), (Number(import, "added"), Number(import, "known"), Number(import, "total")));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\0\0\0\0\0", "starts with 00000000")]
    [InlineData("abcd\0", "is neither a text nor a peers.dat of a known network: it starts with 61626364")]
    public async Task Import_NeitherTextNorBook_SaysWhatItIs(string content, string message)
    {
        var file = Path.Combine(_parent, "file");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

        var (exitCode, tool) = await CommandAsync("addresses", "--network", "mainnet", "import", file);

        Assert.Equal(1, exitCode);
        Assert.Contains(message, tool.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Move", tool.Error, StringComparison.Ordinal);
    }

    /// <summary>Covers paths such as /dev/stdin, which name another file in the process of a run.</summary>
    [Theory]
    [InlineData("/dev/stdin", "/proc/{0}/fd/0")]
    [InlineData("/dev/stdout", "/proc/{0}/fd/1")]
    [InlineData("/dev/fd/63", "/proc/{0}/fd/63")]
    [InlineData("/proc/self/fd/5", "/proc/{0}/fd/5")]
    [InlineData("/dev/null", "/dev/null")]
    public void FileArgument_OpenFileOfThisProcess_IsNamedForOthers(string path, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no /proc");
        var file = new FileArgument("A file.");

        Assert.Equal(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, Environment.ProcessId),
            file.FullPath(new System.CommandLine.Command("x") { file }.Parse([path])));
    }

    /// <summary>Expects only the content on standard output.</summary>
    [Theory]
    [InlineData("/dev/stdout", true)]
    [InlineData("/dev/fd/1", true)]
    [InlineData("/dev/stderr", false)]
    [InlineData("file", false)]
    public void FileArgument_StandardOutput_IsToldOfOnStandardError(string path, bool expected)
    {
        var (file, environment) = (new FileArgument("A file."), new ToolRun().Environment);

        var output = file.ReceiptOutput(new System.CommandLine.Command("x") { file }.Parse([path]), environment);

        Assert.Same(expected ? environment.Error : environment.Out, output);
    }

    [Fact]
    public async Task Quarantine_OfAFile_IsShownAndReleased()
    {
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        await JsonAsync("addresses", "import", TextFile(Some));
        Assert.Empty(await JsonAsync("addresses", "quarantine"));
        await RestAsync(ChainParameters.Mainnet, Data, "8.8.1.1:8333", "8.8.1.1:8334", Onion);
        Assert.Equal(
            ["ipv4 2 0 2 2 resting", "ipv6 1 0 1", "onion 1 0 1 1 resting", "i2p 0 0 0", "cjdns 0 0 0", "all 4 0 4 3 resting"],
            (await JsonAsync("addresses", "stats")).Select(Count),
            StringComparer.Ordinal);
        var listed = await JsonAsync("addresses", "quarantine");
        Assert.Equal(["8.8.1.1:8333 ipv4 1", "8.8.1.1:8334 ipv4 2", $"{Onion} onion 3"], listed.Select(Resting), StringComparer.Ordinal);
        Assert.Equal(
            listed[2].GetProperty("restsUntil").GetString(),
            (await JsonAsync("addresses", "list", "--only-net", "onion"))[0].GetProperty("restsUntil").GetString());
        Assert.Equal(JsonValueKind.Null, (await JsonAsync("addresses", "list", "--only-net", "ipv6"))[0].GetProperty("restsUntil").ValueKind);

        var (exitCode, run) = await CommandAsync("addresses", "release", "9.9.2.2");
        Assert.Equal((1, "connmgr: '9.9.2.2' is not in quarantine: 'connmgr addresses quarantine' lists the addresses that are.\n"), (exitCode, run.Error));
        Assert.Equal(["8.8.1.1:8333 ipv4 1", "8.8.1.1:8334 ipv4 2"], (await JsonAsync("addresses", "release", "8.8.1.1")).Select(Resting), StringComparer.Ordinal);
        Assert.Equal([$"{Onion} onion 3"], (await JsonAsync("addresses", "quarantine")).Select(Resting), StringComparer.Ordinal);
        (exitCode, run) = await CommandAsync("addresses", "release", "all");
        Assert.Equal((0, $"released      {Onion}\n"), (exitCode, run.Out));
        (exitCode, run) = await CommandAsync("addresses", "quarantine");
        Assert.Equal((0, "No addresses.\n"), (exitCode, run.Out));
        Assert.Empty(await JsonAsync("addresses", "release", "all"));
    }

    [Fact]
    public async Task Quarantine_OfADamagedFile_IsAWarning_ButNothingIsReleased()
    {
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        await JsonAsync("addresses", "import", TextFile(Some));
        var path = ChainDirectory.FromDataDirectory(Data, ChainParameters.Mainnet).Quarantine;
        await File.WriteAllTextAsync(path, "damaged", TestContext.Current.CancellationToken);
        var (exitCode, run) = await CommandAsync("addresses", "stats");
        Assert.Equal(0, exitCode);
        Assert.Contains($"can't use the quarantine '{path}'", run.Error, StringComparison.Ordinal);
        (exitCode, run) = await CommandAsync("addresses", "release", "all");
        Assert.Equal(1, exitCode);
        Assert.Contains($"can't use the quarantine '{path}'", run.Error, StringComparison.Ordinal);
        Assert.Equal("damaged", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task OnRun_Quarantine_IsThatOfTheRun()
    {
        var world = ToolRun.FastSandbox();
        await BookWithKey.BeginAsync(Data, world.Chain);
        await RestAsync(world.Chain, Data, "8.8.1.1:8333", "9.9.2.2:8333");
        using var stop = new CancellationTokenSource();
        var run = new ToolRun { World = () => world };
        var running = run.RunAsync(stop.Token, "run", "--json", "--data-dir", Data, "--target", "0");
        await Eventually.TrueAsync(async () =>
        {
            using var client = await ControlClient.TryOpenAsync(Data, TimeProvider.System, CancellationToken.None);
            return client is not null;
        });
        Assert.Equal(2, Number((await JsonAsync("addresses", "stats"))[^1], "quarantined"));
        Assert.Equal(["9.9.2.2:8333 ipv4 2"], (await JsonAsync("addresses", "release", "9.9.2.2:8333")).Select(Resting), StringComparer.Ordinal);
        Assert.Equal(["8.8.1.1:8333 ipv4 1"], (await JsonAsync("addresses", "quarantine")).Select(Resting), StringComparer.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(0, await running);
        Assert.Equal(1, Number(run.Lines[^1], "quarantined"));
        Assert.Equal(["8.8.1.1:8333 ipv4 1"], (await JsonAsync("addresses", "quarantine")).Select(Resting), StringComparer.Ordinal); // The file has it.
    }

    [Fact]
    public async Task OnRun_ImportListExport_UseItsBookAndItsFileHasIt()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "0");
        var before = Number((await run.JsonAsync("addresses", "stats"))[^1], "total");
        var import = Assert.Single(await run.JsonAsync("addresses", "import", TextFile(Some)));
        Assert.Equal((4, before + 4), (Number(import, "added"), Number(import, "total")));
        Assert.Equal(Onion, Address(Assert.Single(await run.JsonAsync("addresses", "list", "--only-net", "onion"))));
        var text = Path.Combine(_parent, "all.txt");
        await run.JsonAsync("addresses", "export", text);
        Assert.Contains("9.9.2.2:28555\n", await File.ReadAllTextAsync(text, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var (exitCode, wrong) = await run.CommandAsync("addresses", "--network", "mainnet", "stats");
        Assert.Equal(1, exitCode);
        Assert.Contains("is on sandbox, not mainnet", wrong.Error, StringComparison.Ordinal);

        await run.StopAsync();
        Assert.Equal(Onion, Address(Assert.Single(await run.JsonAsync("addresses", "list", "--only-net", "onion"))));
    }

    [Fact]
    public async Task List_ForPeople_IsATable()
    {
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        await JsonAsync("addresses", "--network", "mainnet", "import", TextFile(["8.8.1.1", "[2a00:1::7]:18333"]));
        var (_, list) = await CommandAsync("addresses", "list");
        var lines = list.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches("^Address +Network +Table +Last seen +Last success +Failed +Services +Source$", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("8.8.1.1:8333       ipv4     new", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        var (_, stats) = await CommandAsync("addresses", "stats");
        Assert.Contains("ipv6       1      0      1            0\n", stats.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCommand_NoBook_ExitsWith1AndSaysWhatToDo()
    {
        var (exitCode, tool) = await CommandAsync("addresses", "stats");
        Assert.Equal(1, exitCode);
        Assert.Contains("there is no directory", tool.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
        Directory.CreateDirectory(Data);
        (exitCode, tool) = await CommandAsync("addresses", "list");
        Assert.Equal(1, exitCode);
        Assert.Contains("no address book in", tool.Error, StringComparison.Ordinal);
        (exitCode, tool) = await CommandAsync("addresses", "import", Path.Combine(_parent, "missing"));
        Assert.Equal(1, exitCode);
        Assert.Contains("can't read", tool.Error, StringComparison.Ordinal);
        (exitCode, tool) = await CommandAsync("addresses", "import", TextFile(["8.8.8.8"]));
        Assert.Equal(1, exitCode);
        Assert.Contains("--network", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OnlyNonsense_ExitsWith1()
    {
        var (exitCode, tool) = await CommandAsync("addresses", "--network", "mainnet", "import", TextFile(["{", "x y"]));
        Assert.Equal(1, exitCode);
        Assert.Contains("2 lines are not addresses (line 1, 2)", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_PeersDatOfAnotherChain_ChangesNothing()
    {
        var foreign = Path.Combine(_parent, "foreign.dat");
        await PeersFile.SaveAsync(new AddressBook(), foreign, ChainParameters.Signet.Magic, TestContext.Current.CancellationToken);
        var (exitCode, tool) = await CommandAsync("addresses", "--network", "mainnet", "import", foreign);
        Assert.Equal(1, exitCode);
        Assert.Contains(foreign, tool.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(ChainDirectory.FromDataDirectory(Data, ChainParameters.Mainnet).Peers));
    }

    [Fact]
    public async Task DamagedBook_ListChangesNothing_ImportSetsItAside()
    {
        var path = ChainDirectory.FromDataDirectory(Data, ChainParameters.Mainnet).Peers;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "damaged", TestContext.Current.CancellationToken);
        var (exitCode, tool) = await CommandAsync("addresses", "list");
        Assert.Equal(1, exitCode);
        Assert.Contains(path, tool.Error, StringComparison.Ordinal);
        Assert.Equal("damaged", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        (exitCode, tool) = await CommandAsync("addresses", "import", TextFile(["8.8.8.8"]));
        Assert.Equal(0, exitCode);
        Assert.Contains($"renamed to '{path}.bad'", tool.Error, StringComparison.Ordinal);
        Assert.Single(await JsonAsync("addresses", "list"));
    }

    [Fact]
    public async Task FolderOfALibrarysNetwork_IsReadAndNotChanged()
    {
        await BookWithKey.BeginAsync(Data, ChainParameters.Mainnet);
        await JsonAsync("addresses", "--network", "mainnet", "import", TextFile(["8.8.8.8"]));
        using (ChainDirectory.FromDataDirectory(Data, ChainParameters.Mainnet).AcquireLock())
        {
            Assert.Single(await JsonAsync("addresses", "list"));
            foreach (var command in new string[][] { ["addresses", "import", TextFile(["9.9.9.9"])], ["bans", "add", "1.2.3.4"], ["bans", "clear"] })
            {
                var (exitCode, tool) = await CommandAsync(command);
                Assert.Equal(1, exitCode);
                Assert.Contains("in use by another PeerNetwork", tool.Error, StringComparison.Ordinal);
            }

            Assert.Empty(await JsonAsync("bans", "list"));
        }

        await JsonAsync("addresses", "import", TextFile(["9.9.9.9"]));
        Assert.Equal(2, (await JsonAsync("addresses", "list")).Count);
        using var free = ChainDirectory.FromDataDirectory(Data, ChainParameters.Mainnet).AcquireLock(); // Given back at the end of each command.
    }

    private string Data => Path.Combine(_parent, "data");

    private static int Rank(string address) => Array.FindIndex(Some, known => address.StartsWith(known, StringComparison.Ordinal));

    private static string Address(JsonElement item) => item.GetProperty("address").GetString()!;

    private static string Resting(JsonElement item) => $"{Address(item)} {item.GetProperty("network").GetString()} {Number(item, "times")}";

    /// <summary>Writes a quarantine in which the first address rests shortest, once.</summary>
    private static Task RestAsync(ChainParameters chain, string data, params string[] addresses)
    {
        var now = TimeProvider.System.GetUtcNow();
        var entries = addresses.Select((address, index) => new QuarantineEntry(NetworkEndPoint.Parse(address), index + 1, now + TimeSpan.FromHours(index + 1)));
        var over = new QuarantineEntry(NetworkEndPoint.Parse("8.8.9.9:8333"), 1, now - TimeSpan.FromHours(1));
        return QuarantineFile.SaveAsync(
            [.. entries, over], ChainDirectory.FromDataDirectory(data, chain).Quarantine, chain.Magic, TestContext.Current.CancellationToken);
    }

    private static int Number(JsonElement item, string name) => item.GetProperty(name).GetInt32();

    private static string Count(JsonElement item) =>
        $"{item.GetProperty("network").GetString()} {Number(item, "new")} {Number(item, "tried")} {Number(item, "total")}{(Number(item, "quarantined") is > 0 and var resting ? $" {resting} resting" : string.Empty)}";

    private string TextFile(string[] lines)
    {
        var path = Path.Combine(_parent, "list.txt");
        File.WriteAllLines(path, lines);
        return path;
    }

    private async Task<(int ExitCode, ToolRun Run)> CommandAsync(params string[] args)
    {
        var run = new ToolRun();
        return (await run.RunAsync([args[0], "--data-dir", Data, .. args[1..]]), run);
    }

    private async Task<IReadOnlyList<JsonElement>> JsonAsync(params string[] args)
    {
        var (exitCode, run) = await CommandAsync([.. args, "--json"]);
        Assert.True(exitCode == 0, run.Error + run.Out);
        return run.Lines;
    }
}
