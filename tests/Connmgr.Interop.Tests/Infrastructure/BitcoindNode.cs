using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Connmgr.Interop;

/// <summary>
/// A real bitcoind, on regtest unless said otherwise, in a data directory of its own that goes with it. Not thread-safe but for <see cref="CallAsync"/>.
/// </summary>
internal sealed class BitcoindNode : IAsyncDisposable
{
    private static int _addresses;

    private readonly string _program;
    private readonly BitcoindOptions _options;
    private readonly string _dataDirectory;
    private readonly IDisposable _reap;
    private readonly IPEndPoint _rpcEndPoint;
    private readonly BitcoindRpc _rpc;
    private ServerProcess? _process;

    private BitcoindNode(string program, BitcoindOptions options)
    {
        if (options.Network is null)
        {
            Assert.False(options.DialsOnItsOwn, "bitcoind outside a network namespace would dial the addresses it hears of");
            Assert.Equal("regtest", options.Chain);
            Assert.True(options.Address is null || IPAddress.IsLoopback(options.Address), $"{options.Address} is not a loopback address: give a namespace");
        }
        else
        {
            Assert.NotNull(options.Address);
        }

        _program = program;
        _options = options;
        EndPoint = new IPEndPoint(options.Address ?? NextAddress(), options.Port);
        _rpcEndPoint = new IPEndPoint(options.RpcAddress ?? EndPoint.Address, options.Port - 1);
        _rpc = new BitcoindRpc(_rpcEndPoint, options.Network);
        _dataDirectory = Directory.CreateTempSubdirectory("connmgr-bitcoind-").FullName;
        _reap = Reaper.Instance.Add($"rm -rf {_dataDirectory}");
    }

    /// <summary>Where it listens for peers.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where it keeps its files, peers.dat for one.</summary>
    public string ChainDirectory => _options.Chain is "main" ? _dataDirectory : Path.Combine(_dataDirectory, _options.Chain);

    /// <summary>The process id, while it runs.</summary>
    public int ProcessId => (_process ?? throw new InvalidOperationException("this node is not running")).Id;

    private string LogFile => Path.Combine(ChainDirectory, "debug.log");

    /// <summary>Starts a node and waits until it answers RPC. Skips the test where there is no bitcoind; fails it when the node does not start.</summary>
    public static async Task<BitcoindNode> StartAsync(BitcoindOptions options, CancellationToken cancellationToken)
    {
        var node = new BitcoindNode(options.IsLitecoin ? Servers.RequireLitecoind() : Servers.RequireBitcoind(), options);
        try
        {
            await node.StartAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again, with the same address and data, after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Assert.Null(_process);
        _process = ServerProcess.Start(_program, Arguments(), _options.Network, _dataDirectory);
        await Poll.UntilAsync(
            async token =>
            {
                if (_process.HasExited)
                {
                    var code = await _process.WaitAsync(token);
                    Assert.Fail($"bitcoind at {EndPoint} ended with exit code {code} before it answered.\n{Diagnostics()}");
                }

                try
                {
                    await CallAsync("getnetworkinfo", token);
                    return true;
                }
                catch (Exception exception) when (exception is HttpRequestException or BitcoindRpcException { Code: -28 })
                {
                    return false;
                }
            },
            () => $"bitcoind at {EndPoint} runs but does not answer RPC at {_rpcEndPoint}.\n{Diagnostics()}",
            cancellationToken);
    }

    /// <summary>Calls an RPC method; see <see cref="BitcoindRpc.CallAsync"/>.</summary>
    public Task<JsonElement> CallAsync(string method, CancellationToken cancellationToken, params object?[] parameters) =>
        _rpc.CallAsync(method, parameters, cancellationToken);

    /// <summary>Calls <c>getpeerinfo</c> until its answer is as wanted; fails the test after a minute.</summary>
    public async Task<IReadOnlyList<JsonElement>> WaitForPeersAsync(
        Func<IReadOnlyList<JsonElement>, bool> wanted, CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement> peers = [];
        await Poll.UntilAsync(
            async token => wanted(peers = [.. (await CallAsync("getpeerinfo", token)).EnumerateArray()]),
            () => $"the peers of bitcoind at {EndPoint} are not as wanted: {JsonSerializer.Serialize(peers)}\n{Diagnostics()}",
            cancellationToken);
        return peers;
    }

    /// <summary>
    /// Makes it dial an address until one of its connections is as wanted. A single dial through Tor may fail, for example where Tor has no descriptor of the service.
    /// </summary>
    public async Task<IReadOnlyList<JsonElement>> DialUntilAsync(
        string address, bool beginsByVersion2, Func<JsonElement, bool> wanted, CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement> peers = [];
        await Poll.UntilAsync(
            async token =>
            {
                await CallAsync("addnode", token, address, "onetry", beginsByVersion2);
                peers = [.. (await CallAsync("getpeerinfo", token)).EnumerateArray()];
                return peers.Any(peer => !peer.GetProperty("inbound").GetBoolean() && wanted(peer));
            },
            () => $"bitcoind at {EndPoint} does not reach {address}: {JsonSerializer.Serialize(peers)}\n{Diagnostics()}",
            cancellationToken);
        return peers;
    }

    /// <summary>Waits until a line of its log holds a text; fails the test after a minute.</summary>
    public Task WaitForLogAsync(string text, CancellationToken cancellationToken) => Poll.UntilAsync(
        async token => await File.ReadLinesAsync(LogFile, token).AnyAsync(line => line.Contains(text, StringComparison.Ordinal), token),
        () => $"the log of bitcoind at {EndPoint} has no '{text}'.\n{Diagnostics()}",
        cancellationToken);

    /// <summary>Ends it as a user would: it says goodbye to nobody but saves its data.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_process is { } process)
        {
            await process.TerminateAsync(cancellationToken);
            await process.DisposeAsync();
            _process = null;
        }
    }

    /// <summary>Ends it at once, as a power cut would; the system closes its connections.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _rpc.Dispose();
        Directory.Delete(_dataDirectory, recursive: true);
        _reap.Dispose();
    }

    // 127.64.0.0/10, a /24 for each process: nodes of test processes that run at the same time do not meet, and ports need no search.
    private static IPAddress NextAddress()
    {
        var process = Environment.ProcessId & 0x3FFF;
        var node = Interlocked.Increment(ref _addresses);
        Assert.InRange(node, 1, 254);
        return new IPAddress([127, (byte)(64 + (process >> 8)), (byte)process, (byte)node]);
    }

    private List<string> Arguments()
    {
        var address = EndPoint.Address.ToString();
        List<string> arguments =
        [
            $"-chain={_options.Chain}",
            $"-datadir={_dataDirectory}",
            "-server=1",
            "-listen=1",
            $"-bind={EndPoint}",
            string.Create(CultureInfo.InvariantCulture, $"-port={EndPoint.Port}"),
            $"-rpcbind={_rpcEndPoint.Address}",
            "-rpcallowip=0.0.0.0/0",
            "-rpcallowip=::/0",
            string.Create(CultureInfo.InvariantCulture, $"-rpcport={_rpcEndPoint.Port}"),
            $"-rpcuser={BitcoindRpc.User}",
            $"-rpcpassword={BitcoindRpc.Password}",
            "-dnsseed=0",
            "-discover=0",
            "-listenonion=0",
            "-dbcache=4",
            "-maxmempool=5",
            "-printtoconsole=0",
            "-debug=net",
        ];
        if (!_options.IsLitecoin)
        {
            // This build refuses to run after a date of its own.
            arguments.AddRange(["-fixedseeds=0", "-natpmp=0", "-softwareexpiry=0"]);
        }

        if (_options.Network is not null)
        {
            arguments.Add($"-externalip={address}");
        }

        if (!_options.DialsOnItsOwn)
        {
            arguments.Add("-connect=0");
        }

        arguments.AddRange(_options.Arguments);
        return arguments;
    }

    /// <summary>Gets what it said last, for messages.</summary>
    public string Diagnostics()
    {
        var lines = File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(40)) : "(none)";
        return $"Its output:\n{_process?.Output}\nThe end of its debug.log:\n{lines}";
    }
}
