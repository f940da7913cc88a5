using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary><c>connmgr doctor</c>, with real sockets on loopback and with fake gateways and name servers.</summary>
public sealed class DoctorTests : IDisposable
{
    private static readonly PortMappingTarget Target = new(IPAddress.Parse("192.168.77.1"), IPEndPoint.Parse("192.168.77.2:8333"));

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-doctor-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Doctor_NoOptions_ChecksThisMachineAlone()
    {
        var checks = await CheckAsync(0);
        Assert.Equal(
            ["configuration", "descriptors", "clock", "data directory", "ports", "tor", "i2p", "port mapping", "resolver", "seeds", "peers"],
            checks.Select(static check => check.Name),
            StringComparer.Ordinal);
        Assert.All(checks.Where(static check => check.Name is "seeds" or "peers" or "ports" or "tor" or "i2p" or "port mapping"), static check => Assert.Equal("skipped", check.Status));
    }

    [Fact]
    public async Task Doctor_AsText_HasALineForEachCheckAndItsRemedy()
    {
        var run = new ToolRun();
        Assert.Equal(0, await run.RunAsync("doctor"));
        Assert.Contains("skipped  peers           No network was asked for, so no peer was dialled.\n                         Add --network mainnet, for example.\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("warning\n", run.Out.Replace("warnings", "warning", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>A network of the environment or of a file was not asked for now: nothing is looked up or dialled.</summary>
    [Fact]
    public async Task Doctor_NetworkOfTheConfiguration_IsNotTouched()
    {
        var run = new ToolRun { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONNMGR_NETWORK"] = "mainnet", ["CONNMGR_JSON"] = "true" } };
        var environment = run.Environment with { OpenWorld = static (_, _) => throw new InvalidOperationException("It was opened.") };
        Assert.Equal(0, await new ToolApp(environment).RunAsync(["doctor", "--json"], Cancellation));
        var checks = Read(run.Out);
        Assert.Equal(("skipped", "Add --network mainnet to the command line, or the --chain of the configuration, without --offline."), (Find(checks, "peers").Status, Find(checks, "peers").Remedy));
        Assert.Equal("skipped", Find(checks, "seeds").Status);
    }

    [Fact]
    public async Task Doctor_Offline_TouchesNoNetwork()
    {
        var run = new ToolRun();
        var environment = run.Environment with { OpenWorld = static (_, _) => throw new InvalidOperationException("It was opened.") };
        Assert.Equal(0, await new ToolApp(environment).RunAsync(["doctor", "--json", "--network", "mainnet", "--offline"], Cancellation));
        Assert.Equal("skipped", Find(Read(run.Out), "peers").Status);
    }

    [Fact]
    public async Task Doctor_InvalidConfiguration_IsAProblem()
    {
        var file = Path.Combine(_directory, "c.toml");
        await File.WriteAllTextAsync(file, "target = 'many'\ntaget = 3\n", Cancellation);
        var checks = await CheckAsync(1, "--config", file);
        Assert.Equal(2, checks.Count);
        Assert.All(checks, static check => Assert.Equal(("configuration", "problem"), (check.Name, check.Status)));
        Assert.Contains("taget is not a setting: did you mean target?", checks[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_Ports_TellsThoseThatAreTaken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var checks = await CheckWithAsync(1, new(StringComparer.Ordinal) { ["CONNMGR_NETWORK"] = "regtest" }, "--listen", $"{taken.LocalEndpoint}", "--listen", "127.0.0.1:0", "--services", "network+witness");
        var ports = checks.Where(static check => check.Name is "ports").ToList();
        Assert.Equal(["problem", "ok"], ports.Select(static check => check.Status), StringComparer.Ordinal);
        Assert.StartsWith($"cannot listen on {taken.LocalEndpoint}: address in use;", ports[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_DataDirectory_IsNeitherCreatedNorTaken()
    {
        var path = Path.Combine(_directory, "data");
        Assert.Equal(("ok", $"'{path}' does not exist: a run creates it."), (await DirectoryAsync(0, path)) is var none ? (none.Status, none.Message) : default);
        Assert.False(Directory.Exists(path));
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, DataDirectory.OwnerAlone);
        Assert.Equal("ok", (await DirectoryAsync(0, path)).Status);
        Assert.Empty(Directory.EnumerateFileSystemEntries(path)); // It writes nothing.
        using (DataDirectory.Open(path))
            Assert.Contains("use", (await DirectoryAsync(0, path)).Message, StringComparison.Ordinal);
        Assert.Equal("ok", (await DirectoryAsync(0, path)).Status);
        using (DataDirectory.Open(path))
            Assert.True(Directory.Exists(path)); // The check has left it free.
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        Assert.Equal("problem", (await DirectoryAsync(1, file)).Status);

        async Task<Result> DirectoryAsync(int code, string directory) => Find(await CheckAsync(code, "--data-dir", directory), "data directory");
    }

    [Theory]
    [InlineData("\u0005\u0000", "ok", "speaks SOCKS5.")]
    [InlineData("\u0005\u0002", "ok", "speaks SOCKS5.")]
    [InlineData("\u0005\u00ff", "problem", "does not speak SOCKS5 as it is needed.")]
    [InlineData("HTTP/1.1 400", "problem", "does not speak SOCKS5 as it is needed.")]
    [InlineData("", "problem", "does not answer")]
    public async Task Doctor_Proxy_IsGreeted(string answer, string status, string message)
    {
        await using var proxy = new Answering(4, answer);
        var check = Find(await CheckOfflineAsync(status is "ok" ? 0 : 1, "--proxy", $"{proxy.EndPoint}"), "proxy");
        Assert.Equal(status, check.Status);
        Assert.Contains(message, check.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HELLO REPLY RESULT=OK VERSION=3.1\n", "ok")]
    [InlineData("HELLO REPLY RESULT=NOVERSION\n", "problem")]
    [InlineData("SSH-2.0\n", "problem")]
    public async Task Doctor_I2P_IsGreeted(string answer, string status)
    {
        await using var router = new Answering(1, answer);
        Assert.Equal(status, Find(await CheckOfflineAsync(status is "ok" ? 0 : 1, "--i2p-sam", $"{router.EndPoint}"), "i2p").Status);
    }

    [Fact]
    public async Task Doctor_ServicesThatDoNotRun_AreProblems()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // It does not listen, and nobody else can there.
        var gone = taken.LocalEndPoint;
        var checks = await CheckOfflineAsync(1, "--tor-control", $"{gone}", "--i2p-sam", $"{gone}", "--proxy", $"{gone}");
        Assert.All((string[])["tor", "i2p", "proxy"], name => Assert.Equal("problem", Find(checks, name).Status));
        Assert.Contains("ControlPort 9051", Find(checks, "tor").Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24.0.0.1", "ok", "its address is 24.0.0.1")]
    [InlineData(null, "ok", "speaks NAT-PMP.")]
    [InlineData("0.0.0.0", "problem", "has no external address")]
    [InlineData("100.64.0.9", "problem", "behind another NAT")]
    [InlineData("none", "problem", "maps no ports: NAT-PMP: of the test; UPnP: of the test; PCP: of the test.")]
    public async Task ServiceChecks_Gateway_IsOnlyAsked(string? address, string status, string message)
    {
        var options = new RunOptions { PortMapping = PortMappingMethod.Auto, Listen = [new(Local("0.0.0.0:8333"), IsOnion: false)] };
        var gateway = new Gateway(address);
        var checks = new ServiceChecks(options, TimeProvider.System) { FindTargets = static (_, _) => [Target], GetClient = _ => gateway };
        var check = (await checks.CheckAsync(Cancellation).ToListAsync(Cancellation)).Single(static check => check.Name is "port mapping");
        Assert.Equal(status, Names.Get(check.Status));
        Assert.Contains(message, check.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:8333", true, "No listener needs a mapping")]
    [InlineData("0.0.0.0:8333", false, "This machine has no gateway")]
    public async Task ServiceChecks_NothingToMap_TellsIt(string listen, bool hasGateway, string message)
    {
        var options = new RunOptions { PortMapping = PortMappingMethod.Auto, Listen = [new(Local(listen), IsOnion: false)] };
        var checks = new ServiceChecks(options, TimeProvider.System) { FindTargets = (_, _) => hasGateway ? [Target] : [] };
        Assert.StartsWith(message, (await checks.CheckAsync(Cancellation).ToListAsync(Cancellation))[^1].Message, StringComparison.Ordinal);
    }

    /// <summary>The gateways are those that a run asks: of each address of an interface, and of IPv6 where PCP is spoken. A name is no address.</summary>
    [Theory]
    [InlineData(PortMappingMethod.Auto, true)]
    [InlineData(PortMappingMethod.Pcp, true)]
    [InlineData(PortMappingMethod.Upnp, false)]
    public async Task ServiceChecks_Gateways_AreThoseOfARun(PortMappingMethod method, bool includesIPv6)
    {
        IPAddress[] addresses = [IPAddress.Parse("192.168.77.2"), IPAddress.Parse("2a01:4f8:1::2")];
        var options = new RunOptions { PortMapping = method, Listen = [.. ((string[])["eth1:8333", "localhost:8334", "node.example:8335", "0.0.0.0:8336"]).Select(static text => new ListenAddress(Local(text), IsOnion: false))] };
        (List<IPEndPoint> Listeners, bool IncludesIPv6) asked = default;
        var checks = new ServiceChecks(options, TimeProvider.System)
        {
            FindInterface = name => name is "eth1" ? [.. addresses] : null,
            FindTargets = (listeners, includes) =>
            {
                asked = ([.. listeners], includes);
                return [Target with { Local = new(addresses[1], 8333) }];
            },
            GetClient = static asked => asked == PortMappingMethod.Pcp ? new Gateway("2a01:4f8:1::2") : throw new InvalidOperationException("It does not map IPv6."),
        };
        var check = (await checks.CheckAsync(Cancellation).ToListAsync(Cancellation))[^1];
        Assert.Equal(CheckStatus.Ok, check.Status);
        Assert.Equal([new(addresses[0], 8333), new(addresses[1], 8333), new(IPAddress.Any, 8336)], asked.Listeners);
        Assert.Equal(includesIPv6, asked.IncludesIPv6);
    }

    [Theory]
    [InlineData("2.03:04:05", 2, 3)]
    [InlineData("0.01:14:05", 0, 1)]
    public void DescribeClock_OfDays_TellsThem(string text, int days, int hours)
    {
        var offset = new TimeSpan(days, hours, days > 0 ? 4 : 14, 5);
        Assert.Equal([$"The clock of this machine is {text} behind those of the peers: set it."], RunFacts.DescribeClock(-offset), StringComparer.Ordinal);
    }

    /// <summary>The check sends nothing, so it looks no name up.</summary>
    [Fact]
    public async Task Doctor_PortOfAName_IsNotLookedUp()
    {
        var check = Find(await CheckOfflineAsync(0, "--listen", "no-such-host.invalid:8333"), "ports");
        Assert.Equal(("skipped", "no-such-host.invalid:8333 names no interface of this machine, and the name was not looked up."), (check.Status, check.Message));
    }

    [Fact]
    public async Task Doctor_APeer_IsConnectedAndItsClockCompared()
    {
        await using var node = new PeerNetwork(new() { Chain = ChainParameters.Regtest, ListenOn = [new(IPAddress.Loopback, 0)] });
        await node.StartAsync(Cancellation);
        var checks = await CheckAsync(0, "--network", "regtest", "--connect", $"{node.ListenEndPoints[0]}");
        Assert.Equal(("ok", "1 of 1 peers connected."), (Find(checks, "peers").Status, Find(checks, "peers").Message));
        Assert.Equal("The clock agrees with those of the peers.", checks[^1].Message);
        Assert.Equal("skipped", Find(checks, "seeds").Status);
    }

    [Fact]
    public async Task Doctor_NoPeer_IsAProblem()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var checks = await CheckAsync(1, "--network", "regtest", "--connect", $"{silent.LocalEndpoint}", "--wait", "0.1");
        Assert.Equal("problem", Find(checks, "peers").Status);
        Assert.StartsWith("0 of 1 peers connected within", Find(checks, "peers").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "ok", "2 of 2 DNS seeds answered, with 2 addresses.")]
    [InlineData(1, "ok", "1 of 2 DNS seeds answered, with 1 addresses. Without an answer: b.example.")]
    [InlineData(0, "problem", "0 of 2 DNS seeds answered, with 0 addresses.")]
    public async Task NetworkChecks_Seeds_AreCounted(int answering, string status, string message)
    {
        var chain = ChainParameters.Mainnet with { DnsSeeds = [new("a.example", supportsServiceFilter: false), new("b.example", supportsServiceFilter: false)] };
        var world = new NetworkWorld
        {
            Chain = chain,
            Lookup = (host, _) => (host[0] - 'a') < answering ? new([IPAddress.Parse($"20.0.0.{host[0] - 'a' + 1}")]) : throw new SocketException((int)SocketError.HostNotFound),
        };
        await using var checks = await NetworkChecks.OpenAsync(
            new RunOptions { Network = NetworkName.Mainnet }, TimeSpan.FromSeconds(1), new ToolRun().Environment with { OpenWorld = (_, _) => world }, Cancellation);
        var check = await checks.CheckSeedsAsync(Cancellation);
        Assert.Equal((status, message), (Names.Get(check.Status), check.Message));
    }

    /// <summary>A run that dials no address of IPv4 or IPv6, or only the peers that it names, asks no DNS seed: no name server learns of it.</summary>
    [Theory]
    [InlineData(AddressNetworks.TorV3, 8, false)]
    [InlineData(AddressNetworks.I2P | AddressNetworks.Cjdns, 8, false)]
    [InlineData(AddressNetworks.All, 8, true)]
    [InlineData(AddressNetworks.All, 0, false)]
    public async Task NetworkChecks_SeedsThatARunDoesNotAsk_AreNotLookedUp(AddressNetworks networks, int target, bool connects)
    {
        var asked = 0;
        var world = new NetworkWorld
        {
            Chain = ChainParameters.Mainnet,
            Lookup = (_, _) =>
            {
                asked++;
                throw new SocketException((int)SocketError.HostNotFound);
            },
        };
        var options = new RunOptions { Network = NetworkName.Mainnet, Target = target, OnlyNetworks = networks, Proxies = ProxyRules.None with { Onion = Target.Local, I2P = Target.Local, IsCjdnsReachable = true } };
        await using var checks = await NetworkChecks.OpenAsync(
            connects ? options with { Connect = [Local("127.0.0.1:1")] } : options, TimeSpan.FromSeconds(1), new ToolRun().Environment with { OpenWorld = (_, _) => world }, Cancellation);
        var check = await checks.CheckSeedsAsync(Cancellation);
        Assert.Equal((CheckStatus.Skipped, "A run with these options asks no DNS seeds.", 0), (check.Status, check.Message, asked));
    }

    /// <summary>What belongs to Tor's control port is left out with it.</summary>
    [Fact]
    public async Task NetworkChecks_OptionsOfTor_AreLeftOutWithIt()
    {
        var file = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(file, "secret\n", Cancellation);
        var options = new RunOptions
        {
            Network = NetworkName.Regtest,
            Proxies = ProxyRules.All(Target.Local),
            TorControl = Target.Local,
            TorPasswordFile = file,
            TorAllowPlainCookie = true,
            OnionTarget = new(IPAddress.Loopback, 8444),
        };
        await using var checks = await NetworkChecks.OpenAsync(options, TimeSpan.FromSeconds(1), new ToolRun().Environment, Cancellation);
        Assert.Equal("peers", (await checks.CheckPeersAsync(Cancellation))[0].Name);
    }

    /// <summary>The reason why a run would not start is a problem as any other: the report is whole.</summary>
    [Fact]
    public async Task Doctor_AFileThatCanNotBeRead_IsAProblem()
    {
        var file = Path.Combine(_directory, "none.dat");
        await File.WriteAllTextAsync(file, "no map", Cancellation);
        var checks = await CheckAsync(1, "--network", "regtest", "--connect", "127.0.0.1:1", "--asmap", file);
        Assert.Equal("skipped", Find(checks, "seeds").Status);
        Assert.Equal("problem", checks[^1].Status);
        Assert.Contains("none.dat", checks[^1].Message, StringComparison.Ordinal);
    }

    /// <summary>A run reaches onion addresses through the SOCKS port that Tor tells; so does the check.</summary>
    [Fact]
    public async Task Doctor_OnlyOnion_DialsThroughTheProxyOfTor()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        await using var tor = new ControlPort($"{proxy.LocalEndpoint}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var checking = CheckOnionAsync(tor.EndPoint, stop.Token);

        using (await proxy.AcceptSocketAsync(Cancellation))
            await stop.CancelAsync(); // It goes no further.

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => checking);
    }

    [Fact]
    public async Task Doctor_OnlyOnionAndTorIsAway_IsAProblem()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var check = (await CheckOnionAsync(taken.LocalEndPoint!, Cancellation))[^1];
        Assert.Equal(("peers", CheckStatus.Problem), (check.Name, check.Status));
        Assert.StartsWith("No proxy leads to the networks of --only-net", check.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "ok")]
    [InlineData(-100, "ok")]
    [InlineData(200, "warning")]
    [InlineData(-4300, "problem")]
    public void JudgeClock_ByTheDifference(int seconds, string status) => Assert.Equal(status, Names.Get(NetworkChecks.JudgeClock(TimeSpan.FromSeconds(seconds), 4).Status));

    [Fact]
    public void CheckClock_BeforeTheBuild_IsAProblem()
    {
        var built = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(CheckStatus.Problem, MachineChecks.CheckClock(built.AddDays(-2), built).Status);
        Assert.Equal(CheckStatus.Ok, MachineChecks.CheckClock(built.AddDays(2), built).Status);
        Assert.Equal(CheckStatus.Ok, MachineChecks.CheckClock(built, built: null).Status);
    }

    [Theory]
    [InlineData(100, "problem")]
    [InlineData(200, "warning")]
    [InlineData(4000, "ok")]
    [InlineData(null, "ok")]
    public void CheckDescriptors_ByTheLimit(int? limit, string status)
    {
        var options = new RunOptions { Network = NetworkName.Mainnet, Target = 32, Listen = [new(Local("0.0.0.0:8333"), IsOnion: false)] };
        Assert.Equal(status, Names.Get(MachineChecks.CheckDescriptors(options, new FileDescriptorUsage(limit, Open: 93)).Status));
    }

    [Fact]
    public void CheckNameServers_None_IsAWarning() => Assert.Equal(CheckStatus.Warning, MachineChecks.CheckNameServers([]).Status);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<List<Result>> CheckAsync(int code, params string[] arguments) => CheckWithAsync(code, [], arguments);

    private static Task<List<Result>> CheckOfflineAsync(int code, params string[] arguments) => CheckAsync(code, ["--network", "mainnet", "--offline", .. arguments]);

    private static async Task<List<Result>> CheckWithAsync(int code, Dictionary<string, string> variables, params string[] arguments)
    {
        var run = new ToolRun { Variables = variables };
        var exitCode = await run.RunAsync(["doctor", "--json", .. arguments]);
        Assert.True(code == exitCode, $"exit code {exitCode}: {run.Out}{run.Error}");
        return Read(run.Out);
    }

    private static async Task<List<DoctorCheck>> CheckOnionAsync(EndPoint tor, CancellationToken cancellationToken)
    {
        var options = new RunOptions
        {
            Network = NetworkName.Regtest,
            OnlyNetworks = AddressNetworks.TorV3,
            TorControl = tor,
            Connect = [HostAndPort.ParseRemote("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:18444", out _)!],
        };
        return await new Doctor(options, isAsked: true, TimeSpan.FromHours(1), new ToolRun().Environment).CheckAsync(cancellationToken).ToListAsync(cancellationToken);
    }

    private static List<Result> Read(string output)
    {
        using var json = JsonDocument.Parse(output);
        var checks = json.RootElement.GetProperty("checks").EnumerateArray()
            .Select(static check => new Result(check.GetProperty("name").GetString()!, check.GetProperty("status").GetString()!, check.GetProperty("message").GetString()!, check.GetProperty("remedy").GetString()))
            .ToList();
        Assert.Equal(checks.Count(static check => check.Status is "problem"), json.RootElement.GetProperty("problems").GetInt32());
        Assert.Equal(checks.Count(static check => check.Status is "warning"), json.RootElement.GetProperty("warnings").GetInt32());
        return checks;
    }

    private static Result Find(IEnumerable<Result> checks, string name) => checks.First(check => string.Equals(check.Name, name, StringComparison.Ordinal));

    private static HostAndPort Local(string text) => HostAndPort.ParseLocal(text, out _)!;

    private sealed record Result(string Name, string Status, string Message, string? Remedy);

    /// <summary>A server that reads some bytes, answers each connection with the same bytes, and closes it.</summary>
    private sealed class Answering : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public Answering(int reads, string answer)
        {
            _listener.Start();
            _serving = ServeAsync(reads, answer);
        }

        public EndPoint EndPoint => _listener.LocalEndpoint;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync(int reads, string answer)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(Cancellation);
                    _ = await client.GetStream().ReadAtLeastAsync(new byte[64], reads, throwOnEndOfStream: false, Cancellation);
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), Cancellation);
                }
            }
            catch (Exception exception) when (exception is SocketException or InvalidOperationException or IOException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    /// <summary>A control port of Tor's, as far as the check needs it.</summary>
    private sealed class ControlPort : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public ControlPort(string socks)
        {
            _listener.Start();
            _serving = ServeAsync(socks);
        }

        public EndPoint EndPoint => _listener.LocalEndpoint;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync(string socks)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(Cancellation);
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                while (await reader.ReadLineAsync(Cancellation) is { } line)
                {
                    var answer = line.Split(' ')[0] switch
                    {
                        "PROTOCOLINFO" => "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.8.9\"\r\n250 OK\r\n",
                        "GETINFO" => $"250-net/listeners/socks=\"{socks}\"\r\n250 OK\r\n",
                        _ => "250 OK\r\n",
                    };
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), Cancellation);
                }
            }
            catch (Exception exception) when (exception is SocketException or InvalidOperationException or IOException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    /// <summary>A gateway that may only be asked.</summary>
    private sealed class Gateway(string? address) : IGatewayClient
    {
        public Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("It was asked to map.");

        public Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken) => address is "none"
            ? throw new GatewayException(GatewayFailure.NoAnswer, "of the test")
            : Task.FromResult(new CheckAnswer(IsMapped: true, address is null ? null : IPAddress.Parse(address), Epoch: 1));

        public Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("It was asked to remove.");
    }
}
