using System.Net;
using Connmgr.Bitcoin;
using CsCheck;

namespace Connmgr.Tool.Tests;

/// <summary><c>connmgr import-config</c>, and hints for option names of Bitcoin Core.</summary>
public sealed class ImportConfigTests : IDisposable
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-tool-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Conf => Path.Combine(_directory, "bitcoin.conf");

    private string Toml => Path.Combine(_directory, "connmgr.toml");

    [Theory]
    [InlineData("addnode=1.2.3.4\naddnode=::5\naddnode=[::6]:1\naddnode=n.example:1", "add-peer = [\"1.2.3.4\", \"[::5]\", \"[::6]:1\", \"n.example:1\"]")]
    [InlineData("connect=1.2.3.4\nconnect=1.2.3.4", "connect = \"1.2.3.4\"")]
    [InlineData("connect=0", "target = 0")]
    [InlineData("noconnect=1\naddnode=1.2.3.4", "add-peer = \"1.2.3.4\"\ntarget = 0")]
    [InlineData("seednode=1.2.3.4", "seed-node = \"1.2.3.4\"")]
    [InlineData("externalip=20.1.1.1:7\nexternalip=2600::1\nexternalip=" + Onion, "external-address = [\"20.1.1.1:7\", \"2600::1\", \"" + Onion + "\"]")]
    [InlineData("bind=1.2.3.4", "listen = \"1.2.3.4:8333\"")]
    [InlineData("bind=::1\nbind=[::2]:9\nbind=127.0.0.1=onion\nport=10", "listen = [\"[::1]:10\", \"[::2]:9\", \"127.0.0.1:11=onion\"]")]
    [InlineData("bind=1.2.3.4\nlisten=0", "")]
    [InlineData("whitebind=noban@1.2.3.4:7", "listen = \"1.2.3.4:7\"")]
    [InlineData("whitelist=10.0.0.0/8\nwhitelist=noban,out@::1", "allow = [\"10.0.0.0/8\", \"noban,out@::1\"]")]
    [InlineData("listen=1", "listen = [\"0.0.0.0:8333\", \"[::]:8333\"]")]
    [InlineData("port=7\nproxy=127.0.0.1:9050", "proxy = \"127.0.0.1:9050\"")]
    [InlineData("port=7\nproxy=127.0.0.1:9050\nlisten=1", "proxy = \"127.0.0.1:9050\"\nlisten = [\"0.0.0.0:7\", \"[::]:7\"]")]
    [InlineData("noproxy=1", "")]
    [InlineData("proxy=127.0.0.1:1=tor\nproxy=127.0.0.1:2=ipv6", "proxy = [\"127.0.0.1:1=tor\", \"127.0.0.1:2=ipv6\"]")]
    [InlineData("onion=127.0.0.1:9050\nonlynet=tor\nonlynet=IPv4", "only-net = [\"onion\", \"ipv4\"]\nonion-proxy = \"127.0.0.1:9050\"")]
    [InlineData("noonion=1", "onion-proxy = 0")]
    [InlineData("torcontrol=127.0.0.1:9", "tor-control = \"127.0.0.1:9\"")]
    [InlineData("torcontrol=127.0.0.1:9\nlistenonion=0", "")]
    [InlineData("torcontrol=127.0.0.1:9\nlisten=0", "")]
    [InlineData("listenonion=1\nonion=0", "tor-control = \"127.0.0.1:9051\"")]
    [InlineData("maxconnections=40", "max-inbound = 29")]
    [InlineData("maxconnections=5", "max-inbound = 0\ntarget = 5")]
    [InlineData("maxconnections=-3", "max-inbound = 0\ntarget = 0")]
    [InlineData("v2transport=0", "transport = \"v1-only\"")]
    [InlineData("v2onlyclearnet=1", "transport = \"prefer-v2,ipv4=v2-only,ipv6=v2-only\"")]
    [InlineData("dnsseed=0", "dns-seed = \"off\"")]
    [InlineData("discover=0", "discover = \"off\"")]
    [InlineData("dnsseed", null)]
    [InlineData("i2psam=127.0.0.1:7656", "i2p-sam = \"127.0.0.1:7656\"")]
    [InlineData("i2psam=127.0.0.1:7656\ni2pacceptincoming=0", "i2p-sam = \"127.0.0.1:7656\"\ni2p-transient = true")]
    [InlineData("cjdnsreachable=1", "cjdns-reachable = true")]
    [InlineData("cjdnsreachable=0", "")]
    [InlineData("natpmp=1", "listen = [\"0.0.0.0:8333\", \"[::]:8333\"]\nport-map = \"auto\"")]
    [InlineData("natpmp=0", "")]
    [InlineData("upnp=1", "listen = [\"0.0.0.0:8333\", \"[::]:8333\"]\nport-map = \"upnp\"")]
    [InlineData("blocksonly=1", "relay = \"off\"")]
    [InlineData("uacomment=a\nuacomment=b", "user-agent = \"/Connmgr:0.2.0(a; b)/\"")]
    [InlineData("asmap=/x/y", "asmap = \"/x/y\"")]
    [InlineData("asmap=y\ndatadir=/d", "asmap = \"/d/y\"")]
    [InlineData("noasmap=1", "")]
    [InlineData("addnode=1.1.1.1\nnoaddnode=1\naddnode=2.2.2.2", "add-peer = \"2.2.2.2\"")]
    [InlineData("maxconnections=40\nmaxconnections=50", "max-inbound = 29")]
    [InlineData("nolisten=0", "listen = [\"0.0.0.0:8333\", \"[::]:8333\"]")]
    public async Task Import_ASetting_IsItsCounterpart(string core, string? expected)
    {
        await File.WriteAllTextAsync(Conf, core, Cancellation);
        var run = new ToolRun();
        var code = await run.RunAsync("import-config", Conf);
        if (expected is null)
        {
            Assert.Equal(ExitCode.Failure, code);
            return;
        }

        Assert.Equal(ExitCode.Success, code);
        var lines = run.Out.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Skip(1).Order(StringComparer.Ordinal);
        Assert.Equal(expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), lines, StringComparer.Ordinal);
    }

    /// <summary>The section of a network comes first, and some settings count only there.</summary>
    [Fact]
    public async Task Import_Sections_AreTables()
    {
        await File.WriteAllTextAsync(
            Conf, "regtest=1\nseednode=1.1.1.1\naddnode=2.2.2.2\nmaxconnections=40\n[regtest]\nseednode=3.3.3.3\nmaxconnections=50\n[main]\naddnode=4.4.4.4\nonlynet=ipv4\n[test]\naddnode=5.5.5.5\n[x]\ny=1\n",
            Cancellation);
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("import-config", Conf, "--out", Toml));
        Assert.Equal(
            """
            # From bitcoin.conf, a configuration file of Bitcoin Core, by connmgr import-config.
            network = "regtest"

            [regtest]
            max-inbound = 39
            seed-node = ["3.3.3.3", "1.1.1.1"]

            [mainnet]
            add-peer = ["4.4.4.4", "2.2.2.2"]
            max-inbound = 29
            seed-node = "1.1.1.1"
            only-net = "ipv4"

            # Not imported, or not as they are:
            # line 3: addnode: on regtest, Bitcoin Core takes it only from the section [regtest].
            # line 12: test.addnode: this network is not known here.
            # line 14: x.y: this network is not known here.

            """,
            await File.ReadAllTextAsync(Toml, Cancellation));
        Assert.Contains("line 12: test.addnode", run.Out, StringComparison.Ordinal);
        run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--print-config", "--config", Toml));
        Assert.Contains("max-inbound = 39", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bantime=5", "bantime: 'connmgr bans add' takes a --duration")]
    [InlineData("dbcache=5", "dbcache: it has no counterpart in a run")]
    [InlineData("whitebind=noban@1.2.3.4:7", "whitebind: the address is in listen;")]
    [InlineData("torpassword=secret\ntorcontrol=127.0.0.1", "torpassword: write it to a file")]
    [InlineData("addnode=1.2.3.4\naddnode=not a host", "line 2: addnode: it is 'not a host'")]
    [InlineData("whitelist=blockfilters@1.2.3.4", "whitelist: it is 'blockfilters@1.2.3.4': 'blockfilters' is no permission")]
    [InlineData("bind=1.2.3.4\nproxy=127.0.0.1:1\nlisten=0", "bind: Bitcoin Core does not listen")]
    [InlineData("signet=1\nsignetchallenge=51", "signetchallenge: a custom signet needs --chain")]
    [InlineData("regtest=1", "a run on regtest does not start yet: regtest has no DNS seeds")]
    [InlineData("onlynet=onion", "a run on mainnet does not start yet: --only-net is 'onion', which has no proxy")]
    public async Task Import_WhatHasNoCounterpart_IsListedWithTheReason(string core, string expected)
    {
        await File.WriteAllTextAsync(Conf, core, Cancellation);
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("import-config", Conf));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Out + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-addnode=1.2.3.4", ":1: '-addnode' begins with a hyphen")]
    [InlineData("-torpassword=secret", ":1: '-torpassword' begins with a hyphen")]
    [InlineData("rpcpassword secret", ":1: 'rpcpassword' is no setting: write NAME=VALUE.")]
    [InlineData("norpcpassword\tsecret", "write norpcpassword=1.")]
    [InlineData("\nnolisten", ":2: 'nolisten' is no setting: write NAME=VALUE; to turn an option off, write nolisten=1")]
    [InlineData("rpcpassword=a#b", "there is a # in the line of rpcpassword")]
    [InlineData("testnet=1", "the network 'test' is not known here")]
    [InlineData("chain=x", "the network 'x' is not known here")]
    [InlineData("signet=1\nregtest=1", "chooses more than one network, which Bitcoin Core does not accept: signet, regtest")]
    [InlineData("a=\0", "is not a text")]
    public async Task Import_AFileThatIsNotValid_FailsAndWritesNothing(string core, string expected)
    {
        await File.WriteAllTextAsync(Conf, core, Cancellation);
        var run = new ToolRun();
        Assert.Equal(ExitCode.Failure, await run.RunAsync("import-config", Conf, "--out", Toml));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Toml));
    }

    [Fact]
    public async Task Import_APassword_GoesToAFileOfItsOwner_AndNothingIsReplaced()
    {
        await File.WriteAllTextAsync(Conf, "torpassword=hunter2\ntorcontrol=127.0.0.1:9\n", Cancellation);
        var run = new ToolRun();
        Assert.Equal((0, ""), (await run.RunAsync("import-config", Conf, "--out", Toml), run.Error));
        Assert.Equal("hunter2\n", await File.ReadAllTextAsync($"{Toml}.tor-password", Cancellation));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{Toml}.tor-password"));
        Assert.Contains($"tor-password-file = \"{Toml}.tor-password\"", await File.ReadAllTextAsync(Toml, Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(Toml, Cancellation) + run.Out, StringComparison.Ordinal);
        foreach (var existing in (string[])[Toml, $"{Toml}.tor-password"])
        {
            run = new ToolRun();
            Assert.Equal(ExitCode.Failure, await run.RunAsync("import-config", Conf, "--out", Toml));
            Assert.Contains($"'{existing}' exists", run.Error, StringComparison.Ordinal);
            File.Delete(existing);
        }
    }

    /// <summary>There is one file for a password: that of the chosen network is written, and another one is not replaced by it.</summary>
    [Fact]
    public async Task Import_TwoPasswords_KeepsTheFirst_AndListsTheOther()
    {
        await File.WriteAllTextAsync(Conf, "torcontrol=127.0.0.1:9\n[main]\ntorpassword=hunter2\n[signet]\ntorpassword=hunter3\n", Cancellation);
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("import-config", Conf, "--out", Toml));
        Assert.Equal("hunter2\n", await File.ReadAllTextAsync($"{Toml}.tor-password", Cancellation));
        var text = await File.ReadAllTextAsync(Toml, Cancellation);
        Assert.Equal(2, text.Split("tor-password-file = ").Length);
        Assert.Contains("line 5: torpassword: signet has another password", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", text + run.Out, StringComparison.Ordinal);
    }

    /// <summary>A run with the written file connects to the node that the imported one names, and listens where it says.</summary>
    [Fact]
    public async Task Import_ThenRun_ConnectsAndListens()
    {
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var node = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            Configure = manager => manager.Listeners = [listener],
        });
        await node.StartAsync(Cancellation);
        await File.WriteAllTextAsync(
            Conf, $"regtest=1\nserver=1\nmaxconnections=20\nuacomment=moved\n[regtest]\nconnect={listener.LocalEndPoint}\nbind=127.0.0.1:0\nlisten=1\nwhitelist=noban@127.0.0.1\n", Cancellation);
        Assert.Equal(0, await new ToolRun().RunAsync("import-config", Conf, "--out", Toml));
        var run = new ToolRun();
        Assert.Equal((0, ""), (await run.RunAsync("run", "--config", Toml, "--json", "--until-full", "--timeout", "60"), run.Error));
        var started = run.Lines[0];
        Assert.Equal("regtest", started.GetProperty("network").GetString());
        Assert.Equal(9, started.GetProperty("maxInbound").GetInt32());
        Assert.Equal(1, started.GetProperty("listening").GetArrayLength());
    }

    /// <summary>As Bitcoin Core reads them: those of the network's section first, "no" drops what is before it, and included files can't include others.</summary>
    [Fact]
    public async Task Import_IncludedFiles_AreReadAfterTheFile()
    {
        await File.WriteAllTextAsync(
            Conf, "signet=1\nincludeconf=dropped.conf\nnoincludeconf=1\nincludeconf=general.conf\naddnode=9.9.9.9\n[signet]\nincludeconf=own.conf\naddnode=1.1.1.1\n[regtest]\nincludeconf=unread.conf\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_directory, "general.conf"), "# general\nincludeconf=deeper.conf\ndbcache=4\n[signet]\naddnode=3.3.3.3\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_directory, "own.conf"), "[signet]\naddnode=2.2.2.2\nmaxconnections=30\n", Cancellation);
        var run = new ToolRun();
        Assert.Equal((0, ""), (await run.RunAsync("import-config", Conf, "--out", Toml), run.Error));
        var text = await File.ReadAllTextAsync(Toml, Cancellation);
        Assert.Contains("""add-peer = ["1.1.1.1", "2.2.2.2", "3.3.3.3"]""", text, StringComparison.Ordinal);
        Assert.Contains("max-inbound = 19", text, StringComparison.Ordinal);
        Assert.Contains("line 5: addnode: on signet,", text, StringComparison.Ordinal);
        Assert.Contains("line 2 of general.conf: includeconf: Bitcoin Core does not read it in a file that is included.", text, StringComparison.Ordinal);
        Assert.Contains("line 3 of general.conf: dbcache: it has no counterpart", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("includeconf=missing.conf", null, "can't read 'missing.conf'")]
    [InlineData("includeconf=other.conf", "addnode", "other.conf:1: 'addnode' is no setting")]
    [InlineData("includeconf=other.conf\nincludeconf=other.conf", "testnet4=1\nsignet=1", "the file chooses more than one network")]
    public async Task Import_AnIncludedFileIsNotValid_TellsIt(string core, string? other, string expected)
    {
        await File.WriteAllTextAsync(Conf, core, Cancellation);
        if (other is not null)
            await File.WriteAllTextAsync(Path.Combine(_directory, "other.conf"), other, Cancellation);
        var run = new ToolRun();
        Assert.NotEqual(0, await run.RunAsync("import-config", Conf, "--out", Toml));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Toml));
    }

    [Fact]
    public async Task Import_TooManyIncludedFiles_IsAnError()
    {
        await File.WriteAllTextAsync(Conf, string.Concat(Enumerable.Repeat("includeconf=other.conf\n", 33)), Cancellation);
        var run = new ToolRun();
        Assert.NotEqual(0, await run.RunAsync("import-config", Conf, "--out", Toml));
        Assert.Contains("the file includes 33 others: at most 32 are read.", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Any file leads to one that connmgr reads; each setting is imported or listed.</summary>
    [Fact]
    public async Task Import_AnyFile_GivesAFileThatIsReadWithoutErrors()
    {
        string[] names = ["addnode", "connect", "seednode", "externalip", "bind", "whitebind", "whitelist", "onlynet", "proxy", "onion", "torcontrol", "torpassword", "i2psam", "cjdnsreachable", "maxconnections", "bantime", "asmap", "v2transport", "listen", "listenonion", "discover", "natpmp", "dnsseed", "port", "uacomment", "datadir", "dbcache"];
        string[] values = ["", "0", "1", "5", "-1", "1.2.3.4", "1.2.3.4:5", "::1", "[::1]:7", "20.1.1.1", "noban@10.0.0.0/8", "ipv4", "onion", "127.0.0.1:9050", "127.0.0.1=onion", "n.example", "a b", "\"x\"", "\\", "\u00e9", Onion, "=", "99999999999"];
        string[] sections = ["", "", "", "", "[main]", "[regtest]", "[signet]", "[test]", "[]"];
        var (clean, withTables, withNotes) = (0, 0, 0);
        var line = Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, values.Length - 1], Gen.Int[0, sections.Length - 1], Gen.Int[0, 4])
            .Select((name, value, section, negation) => $"{sections[section]}\n{(negation == 0 ? "no" : "")}{names[name]} = {values[value]} # a remark\n");
        await Gen.Select(line.Array[0, 10], Gen.Int[0, 2]).SampleAsync(
            async (lines, network) =>
            {
                var path = Path.Combine(_directory, Guid.NewGuid().ToString());
                await File.WriteAllTextAsync(path, (network switch { 0 => "regtest=1\n", 1 => "chain=signet\n", _ => "" }) + string.Concat(lines), CancellationToken.None);
                var run = new ToolRun();
                Assert.Equal(0, await run.RunAsync(CancellationToken.None, "import-config", path, "--out", $"{path}.toml"));
                var text = await File.ReadAllTextAsync($"{path}.toml", CancellationToken.None);
                var file = ConfigurationFile.Parse(text, "c.toml");
                Assert.Empty(file.Errors);
                Assert.Equal(file.Entries.Select(entry => (entry.Section, entry.Key)), file.Entries.Select(entry => (entry.Section, entry.Key)).Distinct());

                var print = new ToolRun();
                var code = await print.RunAsync(CancellationToken.None, "run", "--print-config", "--config", $"{path}.toml");
                var chosen = network switch { 0 => "regtest", 1 => "signet", _ => "mainnet" };
                Assert.True(code == 0 || run.Out.Contains($"a run on {chosen} does not start yet", StringComparison.Ordinal), $"{text}\n{print.Error}\n{run.Out}");
                if (code == 0)
                    Interlocked.Increment(ref clean);
                if (text.Contains("\n[", StringComparison.Ordinal))
                    Interlocked.Increment(ref withTables);
                if (text.Contains("\n# line", StringComparison.Ordinal))
                    Interlocked.Increment(ref withNotes);
            },
            iter: Effort.Of(150));
        Assert.True(clean > 10 && withTables > 10 && withNotes > 10, $"{clean} clean, {withTables} with tables, {withNotes} with notes");
    }

    [Theory]
    [InlineData("-addnode=1.2.3.4", "addnode is an option of Bitcoin Core: use --add-peer.")]
    [InlineData("--nodnsseed", "dnsseed is an option of Bitcoin Core: use --dns-seed, which takes a host, or off.")]
    [InlineData("-maxconnections=5", "maxconnections is an option of Bitcoin Core: use --max-inbound for inbound peers, and --target for outbound ones.")]
    [InlineData("-proxy=127.0.0.1:9050", "proxy is an option of Bitcoin Core: use --proxy.")]
    [InlineData("-conf=x", "conf is an option of Bitcoin Core: use --config.")]
    [InlineData("-bantime=5", "bantime is an option of Bitcoin Core, which has no counterpart here: 'connmgr bans add'")]
    [InlineData("--taget=5", "Did you mean --target?")]
    public async Task Run_AnOptionOfBitcoinCore_HasAHint(string word, string hint)
    {
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", word));
        Assert.Contains(hint, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_KeysOfBitcoinCoreInFileAndEnvironment_HaveHints()
    {
        await File.WriteAllTextAsync(Toml, "addnode = '1.2.3.4'\nnodnsseed = 1\nbantime = 5\n", Cancellation);
        var run = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_ONLYNET"] = "ipv4" } };
        Assert.Equal(ExitCode.Usage, await run.RunAsync("run", "--config", Toml));
        Assert.Contains($"{Toml}:1: addnode is an option of Bitcoin Core: use add-peer.", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{Toml}:2: dnsseed is an option of Bitcoin Core: use dns-seed,", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{Toml}:3: bantime is an option of Bitcoin Core, which has no counterpart here", run.Error, StringComparison.Ordinal);
        Assert.Contains("CONNMGR_ONLYNET, which is not a setting: onlynet is an option of Bitcoin Core: use --only-net.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("off", "seed.example")]
    public async Task Run_DnsSeedsOffAndNamed_IsAUsageError(params string[] seeds)
    {
        var run = new ToolRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync(["run", .. seeds.SelectMany(seed => new[] { "--dns-seed", seed })]));
        Assert.Contains("--dns-seed is 'off', and names a seed as well", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Without DNS seeds nothing is looked up, and a run with no other source says so.</summary>
    [Fact]
    public async Task Run_DnsSeedsOff_AsksNone()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--json", "--dns-seed", "off", "--until-full", "--timeout", "60"));
        Assert.DoesNotContain(run.Lines, line => line.GetProperty("event").GetString() is "seeded");
        Assert.Equal(0, run.Lines[0].GetProperty("target").GetInt32());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
