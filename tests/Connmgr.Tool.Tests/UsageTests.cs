namespace Connmgr.Tool.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "connmgr run --network sandbox")]
    [InlineData("rum", "Did you mean run?")]
    [InlineData("run --tagret 3", "Did you mean --target?")]
    [InlineData("run --network testnet", "use sandbox, regtest, signet, testnet4 or mainnet")]
    [InlineData("run --network Mainnet", "use sandbox, regtest, signet, testnet4 or mainnet")]
    [InlineData("run --network regtest", "--connect 127.0.0.1")]
    [InlineData("run --only-net tor", "use ipv4, ipv6, onion, i2p or cjdns.")]
    [InlineData("run --network mainnet --only-net onion", "which has no proxy")]
    [InlineData("run --network mainnet --proxy 127.0.0.1 --only-net i2p", "which has no router: add --i2p-sam")]
    [InlineData("run --network mainnet --proxy 127.0.0.1=i2p --i2p-sam 127.0.0.1", "leave one of them out")]
    [InlineData("run --port-map auto --listen 127.0.0.1:0", "--port-map has no effect in the sandbox")]
    [InlineData("run --network mainnet --port-map auto", "--port-map only applies with --listen")]
    [InlineData("run --network mainnet --port-map pcp --listen 127.0.0.1:0=onion", "--port-map only applies with --listen")]
    [InlineData("run --network mainnet --port-map stun", "--port-map is 'stun': use pcp or natpmp or upnp or auto or off")]
    [InlineData("run --network mainnet --i2p-transient", "--i2p-transient only applies with --i2p-sam")]
    [InlineData("run --network mainnet --i2p-sam 127.0.0.1 --i2p-tunnel-length 8", "use a whole number from 0 to 7")]
    [InlineData("run --network regtest --i2p-sam 127.0.0.1 --i2p-transient", "there are no peers to connect to")]
    [InlineData("run --i2p-sam 127.0.0.1", "--i2p-sam has no effect in the sandbox")]
    [InlineData("run --network mainnet --proxy 127.0.0.1 --onion-proxy 0 --only-net onion", "which has no proxy")]
    [InlineData("run --fleet a", "--fleet only applies with --redis")]
    [InlineData("run --redis 127.0.0.1:6379 --fleet a/b", "--fleet is 'a/b'")]
    [InlineData("run --network mainnet --only-net cjdns", "add --cjdns-reachable")]
    [InlineData("run --network mainnet --external-address fc00::1", "add --cjdns-reachable")]
    [InlineData("run --cjdns-reachable", "has no effect in the sandbox")]
    [InlineData("run --network mainnet --proxy 127.0.0.1:99999", "no number from 1 to 65535")]
    [InlineData("run --network mainnet --proxy 127.0.0.1=foo", "'foo' is no network")]
    [InlineData("run --network regtest --onion-proxy 0 --tor-control 127.0.0.1:9051", "leave it out, and choose the networks")]
    [InlineData("run --network mainnet --onion-proxy x:y", "--onion-proxy is 'x:y'")]
    [InlineData("run --network mainnet --tor-control 1.2.3", "--tor-control is '1.2.3'")]
    [InlineData("run --network mainnet --tor-password-file f", "add --tor-control")]
    [InlineData("run --network mainnet --proxy 127.0.0.1 --dns-server 127.0.0.1", "would bypass the proxy")]
    [InlineData("run --proxy 127.0.0.1", "no effect in the sandbox")]
    [InlineData("resolve", "NAME")]
    [InlineData("resolve a --proxy x:y", "--proxy is 'x:y'")]
    [InlineData("resolve a --reverse", "not an IP address")]
    [InlineData("resolve 1.2.3.4 --reverse --lookups 2", "only applies to names")]
    [InlineData("resolve a --lookups 0", "1 to 8")]
    [InlineData("resolve a --lookups 9", "--lookups is '9'")]
    [InlineData("run --dns-seed seed.example:53", "leave out :53")]
    [InlineData("run --seed-node 1.2.3.4:0", "from 1 to 65535")]
    [InlineData("run --target -1", "from 0 to 10000")]
    [InlineData("run --target 10001", "from 0 to 10000")]
    [InlineData("run --target eight", "such as --target 8")]
    [InlineData("run --target", "--target")]
    [InlineData("run --target 1 --target 2", "--target")]
    [InlineData("run --group filters", "--group is 'filters': write NAME=TARGET, such as filters=5.")]
    [InlineData("run --group f=2,services=filter", "'filter' is no service: use network, bloom, witness, filters, limited, v2")]
    [InlineData("run --group a=1 --target 2", "leave --target out")]
    [InlineData("run --group a=1 --group A=2", "--group has 2 groups named 'a'")]
    [InlineData("run --group a=6000 --group b=6000", "add up to 12000: use at most 10000")]
    [InlineData("run --quarantine soon", "such as --quarantine 5m/1d; or off")]
    [InlineData("run --quarantine 1d/5m", "the second no less than the first")]
    [InlineData("run --quarantine 1d/100w", "no more than a year")]
    [InlineData("run --quarantine forever", "use two times")]
    [InlineData("run --quarantine 1m/2m/3m", "use two times")]
    [InlineData("run --services network+filter", "--services is 'network+filter': 'filter' is no service: use network, bloom, witness, filters, limited, v2 or bits such as 0x40")]
    [InlineData("run --services 409", "with + between them; or none.")]
    [InlineData("run --relay yes", "use on or off")]
    [InlineData("run --user-agent caf\u00e9", "--user-agent is 'caf\u00e9': use at most 256 characters of printable ASCII.")]
    [InlineData("run --start-height -1", "from 0 to 2147483647")]
    [InlineData("run --max-inbound many", "from 0 to 100000")]
    [InlineData("run --max-per-host 0", "from 1 to 1000000")]
    [InlineData("run --max-handshakes-per-prefix none", "such as --max-handshakes-per-prefix 8")]
    [InlineData("run --accept-rate 0", "such as --accept-rate 0.2/3; or off")]
    [InlineData("run --accept-rate 1/0", "such as --accept-rate 0.2/3; or off")]
    [InlineData("run --accept-rate 1/2/3", "such as --accept-rate 0.2/3; or off")]
    [InlineData("run --allow noban@1.2.3.4:8333", "write an address, 1.2.3.0/24")]
    [InlineData("run --allow nobann@1.2.3.4", "use bloomfilter, relay, forcerelay, noban")]
    [InlineData("run --timeout 5", "add --until-full")]
    [InlineData("run --until-full --timeout 0", "from 0.001")]
    [InlineData("run --until-full --timeout 1e9", "from 0.001")]
    [InlineData("run --until-full --timeout NaN", "from 0.001")]
    [InlineData("run --until-full --timeout -1", "from 0.001")]
    [InlineData("run --connect ::1", "[::1]:8333")]
    [InlineData("run --connect 127.0.0.1:0", "from 1 to 65535")]
    [InlineData("run --network regtest --listen 127.0.0.1:8333=tor", "write =onion")]
    [InlineData("run --network regtest --listen 127.0.0.1=onion", "it has no port")]
    [InlineData("run --listen 127.0.0.1:8333=onion", "no onion service leads into the sandbox")]
    [InlineData("run --network mainnet --onion-target 192.168.1.5", "only applies with --tor-control")]
    [InlineData("run --network mainnet --tor-control 127.0.0.1 --onion-target node.example", "it is a name")]
    [InlineData("run --network mainnet --tor-control 127.0.0.1 --onion-target 0.0.0.0:8334", "stands for all addresses")]
    [InlineData("run --network mainnet --tor-allow-plain-cookie", "only applies with --tor-control")]
    [InlineData("run --connect expyuzz4wqqyqhjn.onion", "not an onion address of version 3")]
    [InlineData("run --add-peer expyuzz4wqqyqhjn.onion:8333", "not an onion address of version 3")]
    [InlineData("run --seed-node www.expyuzz4wqqyqhjn.onion", "not an onion address of version 3")]
    [InlineData("peers connect expyuzz4wqqyqhjn.onion --data-dir x", "not an onion address of version 3")]
    [InlineData("run --connect 127.0.0.1 127.0.0.2", "127.0.0.2")]
    [InlineData("run --add-peer 1.2.3", "127.0.0.1")]
    [InlineData("run --listen 127.0.0.1", "127.0.0.1:8333")]
    [InlineData("run --json=yes", "'yes'")]
    [InlineData("run @file", "@file")]
    [InlineData("peer", "Did you mean peers?")]
    [InlineData("addresses --data-dir d list --only-net tor", "ipv4, ipv6, onion, i2p or cjdns")]
    [InlineData("addresses --data-dir d list --table old", "new or tried")]
    [InlineData("addresses --data-dir d export a.dat --table new", "add --format text")]
    [InlineData("addresses --data-dir d export a.txt --format json", "peers.dat or text")]
    [InlineData("addresses --data-dir d import", "connmgr addresses import --help")]
    [InlineData("addresses stats", "--data-dir ~/.connmgr")]
    [InlineData("peers", "add one of list, show, connect, disconnect, remove, set-target, rotate, send-privately, watch")]
    [InlineData("peers lst", "Did you mean list?")]
    [InlineData("peers list", "--data-dir ~/.connmgr")]
    [InlineData("peers --data-dir d list x", "'x'")]
    [InlineData("peers --data-dir d connect", "connmgr peers connect --help")]
    [InlineData("peers --data-dir d connect ::1", "[::1]:8333")]
    [InlineData("peers --data-dir d connect 127.0.0.1:0", "from 1 to 65535")]
    [InlineData("peers --data-dir d disconnect 1.2.3.400", "127.0.0.1")]
    [InlineData("peers --data-dir d remove 99999999999999999999", "the id is too large")]
    [InlineData("peers --data-dir d show 1.2.3.400", "not an ID-OR-ADDRESS")]
    [InlineData("peers --data-dir d rotate --count 0", "from 1 to 10000")]
    [InlineData("peers --data-dir d rotate --timeout 3601", "to 3600, such as --timeout 60")]
    [InlineData("addresses --data-dir d release nobody", "an onion or I2P address, or all")]
    [InlineData("peers --data-dir d set-target many", "from 0 to 10000")]
    [InlineData("peers --data-dir d set-target", "connmgr peers set-target --help")]
    public async Task Run_UsageError_ExitsWith2AndSaysWhatToWrite(string line, string remedy)
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Run_ATotalBelowWhatIsKept_ExitsWith1AndSaysTheLeast()
    {
        var run = new ToolRun();
        Assert.Equal(1, await run.RunAsync("run", "--target", "8", "--max-connections", "20", "--allow", "1.2.3.4"));
        Assert.Contains("use at least 24", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Checks a regression: an empty path was an internal error in the commands that had not thought of it.</summary>
    [Theory]
    [InlineData("run --data-dir", "such as --data-dir ~/.connmgr.")]
    [InlineData("run --config", "such as --config /etc/connmgr/connmgr.toml.")]
    [InlineData("run --chain", "such as --chain litecoin.toml.")]
    [InlineData("run --asmap", "such as --asmap asmap.dat.")]
    [InlineData("run --fixed-peers", "such as --fixed-peers peers.txt.")]
    [InlineData("run --network mainnet --proxy 127.0.0.1 --tor-control 127.0.0.1 --tor-password-file", "such as --tor-password-file /etc/connmgr/tor-password.")]
    [InlineData("doctor --config", "such as --config /etc/connmgr/connmgr.toml.")]
    [InlineData("crawl --once --out", "such as --out ~/crawl.")]
    [InlineData("crawl --once --asmap", "such as --asmap asmap.dat.")]
    [InlineData("crawl --once --zone seed.example.org --zone-file", "such as --zone-file seed.zone.")]
    [InlineData("crawl report", "such as crawl-results.")]
    [InlineData("crawl report d --html", "such as --html report.html.")]
    [InlineData("import-config", "such as")]
    [InlineData("import-config bitcoin.conf --out", "such as --out connmgr.toml.")]
    [InlineData("addresses --data-dir d export", "such as peers.txt.")]
    public async Task Path_Empty_ExitsWith2AndSaysWhatToWrite(string line, string remedy)
    {
        foreach (var path in new[] { "", " " })
        {
            var run = new ToolRun();
            Assert.Equal(2, await run.RunAsync([.. line.Split(' '), path]));
            Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_HostileArgument_IsPrintedWithoutEscapes()
    {
        var run = new ToolRun();
        Assert.Equal(2, await run.RunAsync("run", "--connect", "\e]0;title\a"));
        Assert.DoesNotContain('\e', run.Error);
    }

    [Fact]
    public async Task Run_Help_NamesEveryOption()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("run", "--help"));
        foreach (var option in new[]
        {
            "--network", "--target", "--connect", "--add-peer", "--listen",
            "--max-inbound", "--max-per-host", "--max-per-prefix", "--max-handshakes", "--max-handshakes-per-prefix", "--max-connections", "--accept-rate", "--allow",
            "--data-dir", "--until-full", "--timeout", "--json", "--external-address", "--discover", "--cjdns-reachable", "--asmap", "--services", "--relay", "--user-agent", "--start-height", "--config", "--print-config", "--redis", "--fleet",
        })
        {
            Assert.Contains(option, run.Out, StringComparison.Ordinal);
        }
    }

    /// <summary>Expects the whole help at any width, and no line beyond the edge except names and commands, which must not be broken.</summary>
    [Fact]
    public async Task Help_OfEveryCommand_FitsAnyWidth()
    {
        var commands = new[]
        {
            "", "run", "peers", "peers list", "peers connect", "peers watch", "seed", "resolve", "addresses", "addresses export", "bans", "bans add", "completion", "crawl",
            "crawl report", "doctor", "import-config",
        };
        foreach (var command in commands)
        {
            var words = await HelpAsync(command, 1000);
            foreach (var width in new[] { 30, 41, 60, 71, 72, 73, 80, 100, 129 })
            {
                var help = await HelpAsync(command, width);
                var lines = help.Split("Examples:")[0].Split('\n');
                var tooLong = lines.Where(line => line.Length > width && !line.StartsWith("  --", StringComparison.Ordinal)).ToList();
                Assert.True(tooLong.TrueForAll(line => line.Trim().All(letter => letter != ' ')), $"{command} at {width}: {string.Join('|', tooLong)}");
                Assert.Equal(Sorted(words), Sorted(help));
            }
        }

        static string Sorted(string text) =>
            string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        static async Task<string> HelpAsync(string command, int width)
        {
            var run = new ToolRun { Width = width };
            Assert.Equal(0, await run.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]));
            return run.Out;
        }
    }

    [Fact]
    public async Task Help_OfASubcommand_NamesTheOptionsOfThoseAbove()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("bans", "add", "--help"));
        foreach (var option in new[] { "--duration DURATION", "--data-dir DIR", "--network NAME", "--json", "-h, --help" })
            Assert.Contains($"\n  {option}", run.Out, StringComparison.Ordinal);
        Assert.Contains("connmgr bans add ADDRESS-OR-SUBNET [OPTIONS]", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "connmgr run --network mainnet")]
    [InlineData("run --help", "connmgr run --until-full")]
    [InlineData("peers --help", "connmgr peers --data-dir ~/.connmgr list")]
    [InlineData("peers connect --help", "--permanent")]
    [InlineData("addresses --help", "import ~/.bitcoin/peers.dat")]
    public async Task Help_OfAnyCommand_HasExamples(string line, string example)
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync(line.Split(' ')));
        Assert.Contains("Examples:", run.Out, StringComparison.Ordinal);
        Assert.Contains(example, run.Out, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("--tagret", "--target", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_OfTexts_CountsChanges(string from, string to, int expected) =>
        Assert.Equal(expected, NearestText.Distance(from, to));
}
