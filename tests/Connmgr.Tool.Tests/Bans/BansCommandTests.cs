using System.Text.Json;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>The same commands on a file and on a running run.</summary>
public sealed class BansCommandTests : IDisposable
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    private readonly string _parent = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_parent, "data");

    private string BanFile => ChainDirectory.FromDataDirectory(Data, ChainParameters.Signet).Bans;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    private async Task<string> WriteAsync(string content)
    {
        var path = Path.Combine(_parent, "list");
        await File.WriteAllTextAsync(path, content, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Cancellation);
        return path;
    }

    [Fact]
    public async Task AddListRemoveClear_OnTheFile()
    {
        var added = Assert.Single(await JsonAsync("bans", "--network", "signet", "add", "1.2.3.4/24", "--duration", "2h", "--reason", "floods\u001b[2J"));
        Assert.Equal("added", Text(added, "outcome"));
        var ban = added.GetProperty("ban");
        Assert.Equal(("1.2.3.0/24", "manual", "floods?[2J"), (Text(ban, "address"), Text(ban, "cause"), Text(ban, "comment")));
        Assert.Equal(TimeSpan.FromHours(2), ban.GetProperty("until").GetDateTimeOffset() - ban.GetProperty("created").GetDateTimeOffset());

        await JsonAsync("bans", "add", Onion); // The network is the one that there is.
        await JsonAsync("bans", "add", "2600::1", "--until", "2099-12-31T23:59:00Z");
        await JsonAsync("bans", "add", "AS64496", "--duration", "forever");
        var longer = Assert.Single(await JsonAsync("bans", "add", "1.2.3.0/255.255.255.0", "--until", "4102444800"));
        Assert.Equal(("prolonged", "2100-01-01T00:00:00.000Z"), (Text(longer, "outcome"), Text(longer.GetProperty("ban"), "until")));
        var list = await JsonAsync("bans", "list");
        Assert.Equal(["1.2.3.0/24", "2600::1/128", Onion, "AS64496"], list.Select(item => Text(item, "address")), StringComparer.Ordinal);
        Assert.Equal("2099-12-31T23:59:00.000Z", Text(list[1], "until"));
        Assert.Equal(JsonValueKind.Null, list[1].GetProperty("comment").ValueKind);

        Assert.Equal("2600::1/128", Text(Assert.Single(await JsonAsync("bans", "remove", "2600::1")), "address"));
        Assert.Equal("3", Assert.Single(await JsonAsync("bans", "clear")).GetProperty("removed").GetRawText());
        Assert.Empty(await JsonAsync("bans", "list"));
        Assert.True(File.Exists(BanFile));
    }

    /// <summary>Uses a clock that is ahead: the ban seems to have ended, but the file still has it, and it would hold again once the clock is right.</summary>
    [Fact]
    public async Task Remove_BanThatIsOverByAWrongClock_RemovesItFromTheFile()
    {
        await JsonAsync("bans", "--network", "signet", "add", "192.0.2.1", "--duration", "1h");
        await JsonAsync("bans", "add", "192.0.2.2", "--duration", "1h");
        var ahead = new ToolRun { TimeProvider = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(1)) };

        Assert.Equal(0, await ahead.RunAsync("bans", "--data-dir", Data, "remove", "192.0.2.1"));

        Assert.Equal("no longer banned: 192.0.2.1/32\n", ahead.Out);
        Assert.Equal("192.0.2.2/32", Text(Assert.Single(await JsonAsync("bans", "list")), "address"));
        await AssertFailsAsync("192.0.2.1/32 is not banned", "bans", "remove", "192.0.2.1");
    }

    /// <summary>Expects a change by the user on disk at the reply, although a run delays writes that peers cause.</summary>
    [Fact]
    public async Task Change_OnARun_IsOnTheDiskWhenItIsTold()
    {
        await using var run = await BackgroundRun.StartAsync();
        var file = Path.Combine(run.Directory, "sandbox", "banlist.json");
        for (var i = 0; i < 5; i++)
        {
            await run.JsonAsync("bans", "add", $"192.0.2.{i}");
            Assert.Contains($"192.0.2.{i}/32", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
        }

        await run.JsonAsync("bans", "remove", "192.0.2.0");
        Assert.DoesNotContain("192.0.2.0/32", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
        await run.JsonAsync("bans", "clear");
        Assert.DoesNotContain("192.0.2.", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportExport_MoveBansAndSayWhatIsNone()
    {
        var foreign = Path.Combine(_parent, "foreign.json");
        const string Bans = """
            {"banned_nets": [
                {"version": 1, "ban_created": 0, "banned_until": 4102444800, "address": "1.2.3.0/24"},
                {"version": 1, "ban_created": 0, "banned_until": 4102444800, "address": "aaaaaaaaa"},
                {"version": 2, "ban_created": 0, "banned_until": 4102444800, "address": "1.2.4.0/24"}
            ]}
            """;
        await File.WriteAllTextAsync(foreign, Bans, Cancellation);

        var import = Assert.Single(await JsonAsync("bans", "--network", "signet", "import", foreign));
        Assert.Equal("1 1 0 0 2 1", Numbers(import, "read", "added", "known", "refused", "invalid", "total"));
        Assert.StartsWith("entry 2: 'aaaaaaaaa' cannot be banned", import.GetProperty("invalidReasons")[0].GetString(), StringComparison.Ordinal);
        import = Assert.Single(await JsonAsync("bans", "import", foreign));
        Assert.Equal("1 0 1", Numbers(import, "read", "added", "known"));

        var exported = Path.Combine(_parent, "banlist.json");
        Assert.Equal("1", Numbers(Assert.Single(await JsonAsync("bans", "export", exported)), "written"));
        Assert.Equal(await File.ReadAllTextAsync(BanFile, Cancellation), await File.ReadAllTextAsync(exported, Cancellation));
    }

    [Theory]
    [InlineData("[{\"address\": \"192.0.2.0/24\", \"ban_created\": 1780000000, \"banned_until\": 4102444800, \"ban_duration\": 1, \"time_remaining\": 1}]")]
    [InlineData("\uFEFF{\"banned_nets\": [{\"version\": 1, \"ban_created\": 1, \"banned_until\": 4102444800, \"address\": \"192.0.2.0/24\"}]}")]
    [InlineData("\uFEFF# spies\r\nbitcoin-cli setban 192.0.2.0/24 add 4102444800 true # for long\r\n")]
    public async Task Import_OtherForms_GiveTheSameBan(string content)
    {
        var item = Assert.Single(await JsonAsync("bans", "--network", "signet", "import", await WriteAsync(content)));

        Assert.Equal("1 1 0 0 0 1", Numbers(item, "read", "added", "known", "refused", "invalid", "total"));
        var ban = Assert.Single(await JsonAsync("bans", "list"));
        Assert.Equal(("192.0.2.0/24", "2100-01-01T00:00:00.000Z"), (Text(ban, "address"), Text(ban, "until")));
    }

    [Fact]
    public async Task Import_PlainList_HoldsForTheDuration()
    {
        var list = await WriteAsync("# spies\n192.0.2.0/24\n198.51.100.7 # one\n\n2001:db8::/32 ; SBL1\nnode.example\n");

        var item = Assert.Single(await JsonAsync("bans", "--network", "signet", "import", list, "--duration", "2h"));

        Assert.Equal("3 3 0 0 1 3", Numbers(item, "read", "added", "known", "refused", "invalid", "total"));
        Assert.Equal(
            "line 6: 'node.example' is not an address, subnet, AS number or setban command", item.GetProperty("invalidReasons")[0].GetString());
        Assert.All(await JsonAsync("bans", "list"), ban => Assert.Equal(
            TimeSpan.FromHours(2), ban.GetProperty("until").GetDateTimeOffset() - ban.GetProperty("created").GetDateTimeOffset()));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\uFEFF\n", "is empty")]
    [InlineData("\0\0\0\0", "is not a text")]
    [InlineData("{", "does not have the format of Bitcoin Core")]
    [InlineData("nothing\n", null)]
    public async Task Import_NothingToTake_ExitsWith1AndLeavesTheFileAlone(string content, string? message)
    {
        var list = await WriteAsync(content);

        var (exitCode, tool) = await CommandAsync("bans", "--network", "signet", "import", list);

        Assert.Equal(1, exitCode);
        Assert.Contains(message ?? "0 added", message is null ? tool.Out : tool.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Move", tool.Error, StringComparison.Ordinal);
        Assert.Equal([list], Directory.GetFiles(_parent));
    }

    [Fact]
    public async Task Import_MoreThanTheListTakes_SaysHowMany()
    {
        var list = await WriteAsync("192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n");
        var actions = new LocalBanActions(new BanList(new BanListOptions { MaxCount = 3 }), TimeProvider.System);

        var item = await actions.ImportAsync(new BanImportArguments(list), Cancellation);

        Assert.Equal((4, 3, 1, 0, 3), (item.Read, item.Added, item.Refused, item.Invalid, item.Total));
    }

    /// <summary>Expects neither a lock nor a file: the command works where nothing can be written.</summary>
    [Fact]
    public async Task List_NoRun_WritesNothing()
    {
        await JsonAsync("bans", "--network", "signet", "add", "192.0.2.1");
        using var locked = DataDirectory.Open(Data);
        var before = Times();

        Assert.Single(await JsonAsync("bans", "list"));

        Assert.Equal(before, Times());

        Dictionary<string, DateTime> Times() =>
            Directory.GetFileSystemEntries(Data, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.GetLastWriteTimeUtc, StringComparer.Ordinal);
    }

    [Fact]
    public async Task OnRun_ABan_EndsItsPeersAndOutlivesIt()
    {
        await using var run = await BackgroundRun.StartAsync(world: null, "--target", "4");
        await run.ConnectedAsync(4);
        var peer = (await run.JsonAsync("peers", "list"))[0].GetProperty("address").GetString()!;
        var address = NetworkEndPoint.Parse(peer).Address.ToString();

        await run.JsonAsync("bans", "add", address, "--duration", "1h");

        await Eventually.TrueAsync(() => Task.FromResult(run.Events.Any(happened =>
            happened.GetProperty("event").ValueEquals("disconnected") && happened.GetProperty("cause").ValueEquals("gateRefused"))));
        await run.ConnectedAsync(4);
        Assert.DoesNotContain(await run.JsonAsync("peers", "list"), item => item.GetProperty("address").ValueEquals(peer));
        Assert.StartsWith(address, Text(Assert.Single(await run.JsonAsync("bans", "list")), "address"), StringComparison.Ordinal);
        var (exitCode, again) = await run.CommandAsync("bans", "add", address, "--duration", "1m");
        Assert.Equal(1, exitCode);
        Assert.Contains("is already banned until ", again.Error, StringComparison.Ordinal);
        (exitCode, var wrong) = await run.CommandAsync("bans", "--network", "mainnet", "list");
        Assert.Equal(1, exitCode);
        Assert.Contains("is on sandbox, not mainnet", wrong.Error, StringComparison.Ordinal);

        await run.StopAsync();
        Assert.StartsWith(address, Text(Assert.Single(await run.JsonAsync("bans", "list")), "address"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_ForPeople()
    {
        Assert.Equal("banned 1.2.3.4/32 until ", (await OutAsync("bans", "--network", "signet", "add", "1.2.3.4", "--reason", "floods"))[..24]);
        Assert.Equal("banned for longer 1.2.3.4/32 until ", (await OutAsync("bans", "add", "1.2.3.4", "--duration", "2d"))[..35]);
        var lines = (await OutAsync("bans", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^Address +Until \\(UTC\\) +Created \\(UTC\\) +Cause +Comment$", lines[0]);
        Assert.Matches(@"^1\.2\.3\.4/32  20..-..-.. ..:..  20..-..-.. ..:..  manual  -$", lines[1]);
        Assert.Equal("no longer banned: 1.2.3.4/32\n", await OutAsync("bans", "remove", "1.2.3.4"));
        Assert.Equal("removed 0 bans\n", await OutAsync("bans", "clear"));
        Assert.Equal("No bans.\n", await OutAsync("bans", "list"));
    }

    [Theory]
    [InlineData("1.2.3.4/42", "cannot be banned")]
    [InlineData("node.example", "cannot be banned")]
    [InlineData("1.2.3.4 --duration 24", "use a whole number of s, m, h, d or w")]
    [InlineData("1.2.3.4 --duration 0h", "use a whole number of s, m, h, d or w")]
    [InlineData("1.2.3.4 --duration -1h", "use a whole number of s, m, h, d or w")]
    [InlineData("1.2.3.4 --until tomorrow", "use a time such as")]
    [InlineData("1.2.3.4 --until 2099-01-01 --duration 1h", "exclude each other")]
    public async Task Add_NotUnderstood_ExitsWith2AndChangesNothing(string arguments, string message)
    {
        var (exitCode, tool) = await CommandAsync(["bans", "--network", "signet", "add", .. arguments.Split(' ')]);

        Assert.Equal(2, exitCode);
        Assert.Contains(message, tool.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Commands_ThatCannotBeDone_ExitWith1AndSayWhatToDo()
    {
        await AssertFailsAsync("there is no directory", "bans", "list");
        await AssertFailsAsync("add --network", "bans", "add", "1.2.3.4");
        await JsonAsync("bans", "--network", "signet", "add", "1.2.3.0/24");
        await AssertFailsAsync("the ban would already have ended", "bans", "add", "1.2.3.4", "--until", "2020-01-01");
        await AssertFailsAsync("1.2.3.0/24, which contains it, is", "bans", "remove", "1.2.3.4");
        await AssertFailsAsync("'connmgr bans list' shows all bans", "bans", "remove", "4.3.2.1");
        await AssertFailsAsync("can't read", "bans", "import", Path.Combine(_parent, "nothing"));
        await AssertFailsAsync("can't write", "bans", "export", Path.Combine(_parent, "nowhere", "bans"));
        await JsonAsync("bans", "--network", "mainnet", "add", "1.2.3.4");
        await AssertFailsAsync("add --network with signet or mainnet", "bans", "list");
    }

    [Fact]
    public async Task DamagedFile_ListLeavesItAlone_AddSetsItAside()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(BanFile)!);
        await File.WriteAllTextAsync(BanFile, "no bans", Cancellation);

        await AssertFailsAsync("does not have the format of Bitcoin Core", "bans", "list");
        await AssertFailsAsync("does not have the format of Bitcoin Core", "bans", "clear");
        Assert.Equal("no bans", await File.ReadAllTextAsync(BanFile, Cancellation));
        var (exitCode, tool) = await CommandAsync("bans", "add", "1.2.3.4");

        Assert.Equal(0, exitCode);
        Assert.Contains("It was renamed to", tool.Error, StringComparison.Ordinal);
        Assert.Equal("no bans", await File.ReadAllTextAsync($"{BanFile}.bad", Cancellation));
        Assert.Single(await JsonAsync("bans", "list"));
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();

    private static string Numbers(JsonElement item, params string[] names) => string.Join(' ', names.Select(name => item.GetProperty(name).GetRawText()));

    private async Task<(int ExitCode, ToolRun Run)> CommandAsync(params string[] args)
    {
        var run = new ToolRun();
        return (await run.RunAsync([args[0], "--data-dir", Data, .. args[1..]]), run);
    }

    private async Task<IReadOnlyList<JsonElement>> JsonAsync(params string[] args)
    {
        var (exitCode, run) = await CommandAsync([.. args, "--json"]);
        Assert.True(exitCode == 0, run.Error);
        return run.Lines;
    }

    private async Task<string> OutAsync(params string[] args)
    {
        var (exitCode, run) = await CommandAsync(args);
        Assert.True(exitCode == 0, run.Error);
        return run.Out;
    }

    private async Task AssertFailsAsync(string message, params string[] args)
    {
        var (exitCode, run) = await CommandAsync(args);
        Assert.Equal((1, string.Empty), (exitCode, run.Out));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}
