using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;

namespace Connmgr.Interop;

/// <summary>
/// A real Tor network of three directory authorities, three exits and two clients, with the DNS server that the exits ask, in a namespace with nothing but the
/// loopback device. It takes 11 to 20 s to start, so all tests share one; they run one after the other.
/// </summary>
public sealed class TorNetwork : IAsyncLifetime
{
    /// <summary>The password of the second client's control port.</summary>
    public const string Password = "secret";

    private static readonly IPAddress NameServer = IPAddress.Parse("127.53.0.1");

    private readonly string _folder = Directory.CreateTempSubdirectory("connmgr-tor-").FullName;
    private readonly List<IDisposable> _reaps = [];
    private NetworkNamespace? _network;
    private DnsServer? _dns;
    private ServerProcess? _restarted;
    private ExceptionDispatchInfo? _fault;
    private string _script = "";

    /// <summary>The SOCKS port of the first client, and the same with Tor's extended error codes.</summary>
    public static IPEndPoint Socks { get; } = new(IPAddress.Loopback, 9050);

    /// <inheritdoc cref="Socks"/>
    public static IPEndPoint SocksWithExtendedErrors { get; } = new(IPAddress.Loopback, 9150);

    /// <summary>The control port of the first client, which wants its cookie.</summary>
    public static IPEndPoint Control { get; } = new(IPAddress.Loopback, 9051);

    /// <summary>The SOCKS port of the second client.</summary>
    public static IPEndPoint SecondSocks { get; } = new(IPAddress.Loopback, 9052);

    /// <summary>Unix sockets of the second client.</summary>
    public string SecondUnixSocks => Path.Combine(_folder, "c2", "socks");

    /// <inheritdoc cref="SecondUnixSocks"/>
    public string SecondUnixControl => Path.Combine(_folder, "c2", "control");

    internal NetworkNamespace Network => _network ?? throw new InvalidOperationException("the Tor network is not running");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!Servers.HasTorNetwork)
            return; // The first line of each test says why.
        try
        {
            await StartAsync(TestContext.Current.CancellationToken);
        }
        catch (Exception exception)
        {
            _fault = ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <summary>Skips the test where there is no Tor network, and fails it when it did not start.</summary>
    internal void Require()
    {
        Servers.RequireTor();
        Servers.RequireNamespaces();
        Servers.RequireDnsServer();
        _fault?.Throw();
    }

    /// <summary>Dials inside the namespace.</summary>
    internal Func<EndPoint, CancellationToken, ValueTask<Stream>> Inside(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial) =>
        (endPoint, token) => Network.Run(() => dial(endPoint, token));

    /// <summary>Opens plain connections inside the namespace: to SOCKS and control ports.</summary>
    internal ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        Network.Run(() => ProxyConnector.For(endPoint)(endPoint, cancellationToken));

    /// <summary>Asks the first client, through its control port; gives the lines of its answer.</summary>
    internal async Task<IReadOnlyList<string>> GetInfoAsync(string key, CancellationToken cancellationToken)
    {
        await using var stream = await ConnectAsync(Control, cancellationToken);
        var session = new TorControlSession(stream, static _ => { });
        var info = TorProtocolInfo.Parse(await session.SendAsync("PROTOCOLINFO 1", cancellationToken));
        await TorAuthentication.AuthenticateAsync(session, info, password: null, allowPlainCookie: false, cancellationToken);
        var reply = await session.SendAsync($"GETINFO {key}", cancellationToken);
        Assert.True(reply.IsDone, reply.Shown);
        return reply.Lines;
    }

    /// <summary>The circuits that were used by a SOCKS user name that begins so, by the first client's own account. Tor keeps them for minutes after their last stream.</summary>
    internal async Task<IReadOnlyList<(string UserName, string Circuit)>> CircuitsAsync(string userNamePrefix, CancellationToken cancellationToken)
    {
        // CIRCUIT-ID STATUS PATH ... SOCKS_USERNAME="..." ...
        const string key = "SOCKS_USERNAME=\"";
        return
        [
            .. (await WordsAsync("circuit-status", cancellationToken))
                .Select(words => (User: Array.Find(words, word => word.StartsWith(key + userNamePrefix, StringComparison.Ordinal)), Circuit: words[0]))
                .Where(circuit => circuit.User is not null)
                .Select(circuit => (circuit.User![key.Length..].TrimEnd('"'), circuit.Circuit)),
        ];
    }

    /// <summary>The open streams whose SOCKS user name begins so, and the circuit that each is on, by the first client's own account.</summary>
    internal async Task<IReadOnlyList<(string UserName, string Circuit)>> StreamsAsync(string userNamePrefix, CancellationToken cancellationToken)
    {
        var users = (await CircuitsAsync(userNamePrefix, cancellationToken)).ToDictionary(circuit => circuit.Circuit, circuit => circuit.UserName, StringComparer.Ordinal);

        // STREAM-ID STATUS CIRCUIT-ID TARGET ...
        return
        [
            .. (await WordsAsync("stream-status", cancellationToken))
                .Where(words => words is [_, "SUCCEEDED", var circuit, ..] && users.ContainsKey(circuit))
                .Select(words => (users[words[2]], words[2])),
        ];
    }

    private async Task<IEnumerable<string[]>> WordsAsync(string key, CancellationToken cancellationToken) =>
        (await GetInfoAsync(key, cancellationToken)).Select(line => line.Replace($"{key}=", string.Empty, StringComparison.Ordinal).Split(' '));

    /// <summary>Ends the first client without asking.</summary>
    internal async Task KillFirstClientAsync(CancellationToken cancellationToken)
    {
        if (_restarted is { } restarted)
        {
            await restarted.DisposeAsync();
            _restarted = null;
            return;
        }

        var id = int.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "c1", "pid"), cancellationToken), CultureInfo.InvariantCulture);
        using var process = System.Diagnostics.Process.GetProcessById(id);
        Assert.Contains(_folder, await File.ReadAllTextAsync($"/proc/{id}/cmdline", cancellationToken), StringComparison.Ordinal);
        process.Kill();
        await Poll.UntilAsync(_ => Task.FromResult(HasEnded(id)), () => $"process {id} does not end", cancellationToken);
        File.Delete(Path.Combine(_folder, "c1", "pid"));
    }

    /// <summary>Starts it again, and waits until it has bootstrapped.</summary>
    internal async Task StartFirstClientAsync(CancellationToken cancellationToken)
    {
        var log = Path.Combine(_folder, "c1", "log");
        File.Delete(log);
        _restarted = ServerProcess.Start(
            "tor", ["--defaults-torrc", Path.Combine(_folder, "empty"), "-f", Path.Combine(_folder, "c1", "torrc"), "--hush"], Network);
        await Poll.UntilAsync(
            async token => File.Exists(log) && (await File.ReadAllTextAsync(log, token)).Contains("Bootstrapped 100%", StringComparison.Ordinal),
            () => $"Tor does not come back: {_restarted.Output}",
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_restarted is not null)
            await _restarted.DisposeAsync();
        if (_network is not null)
        {
            await ServerProcess.RunAsync("bash", [_script, "stop", _folder], network: null, CancellationToken.None);
            if (_dns is not null)
                await _dns.DisposeAsync();
            await _network.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        foreach (var reap in _reaps)
            reap.Dispose();
    }

    /// <summary>The zones that the exits see: names with A, with AAAA, with many, without; and the names of two addresses.</summary>
    private static (string Zone, string Records)[] Zones =>
    [
        ("_root", ""),
        ("peers.example", $"v4 A 20.1.0.1\nv6 AAAA 2a01:4f8::5\nempty TXT \"no addresses\"\n{string.Concat(Enumerable.Range(1, 20).Select(i => $"seed A 20.7.0.{i}\n"))}"),
        ("0.2.20.in-addr.arpa", "7 PTR seven.peers.example.\n"),
    ];

    /// <summary>Whether a process has ended but has not been waited for, or is gone.</summary>
    private static bool HasEnded(int id)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{id}/stat");
            return status[status.LastIndexOf(')')..] is [_, _, 'Z' or 'X', ..];
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _script = Servers.RequireTor();
        _reaps.Add(Reaper.Instance.Add($"rm -rf {_folder}"));
        _network = await NetworkNamespace.CreateAsync(cancellationToken);
        await _network.AddAddressAsync(IPAddress.Parse("2a01:4f8::5"), cancellationToken);
        var zones = new List<string>();
        foreach (var (zone, records) in Zones)
        {
            var origin = zone is "_root" ? "." : $"{zone}.";
            zones.Add(Path.Combine(_folder, zone));
            await File.WriteAllTextAsync(
                zones[^1],
                $"$ORIGIN {origin}\n$TTL 60\n@ SOA ns.peers.example. hostmaster.peers.example. 1 3600 600 86400 60\n@ NS ns.peers.example.\n{records}",
                cancellationToken);
        }

        _dns = await DnsServer.StartAsync(_network, NameServer, cancellationToken, zones);
        _reaps.Add(Reaper.Instance.Add($"bash {_script} stop {_folder}"));
        await ServerProcess.RunAsync(
            "env",
            [$"TOR_OWNER={Environment.ProcessId}", $"TOR_NAMESERVER={NameServer}", "bash", _script, "start", _folder],
            _network,
            cancellationToken);
    }
}
