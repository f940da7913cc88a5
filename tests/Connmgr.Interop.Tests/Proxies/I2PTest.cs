using System.Net;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>
/// The tests of <see cref="I2PTests"/>, one for each object. Router 2 is the first to dial in all of them, so that no two routers open a connection to each other at
/// once, by which i2pd may lose both.
/// </summary>
/// <param name="i2p">The network.</param>
/// <param name="cancellation">Ends the test.</param>
internal sealed class I2PTest(I2PNetwork i2p, CancellationToken cancellation)
{
    /// <summary>The time after which a connection is given up, and another one tried: i2pd reports a stream before the peer knows of it, and loses some under load.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly IPEndPoint Relay = new(IPAddress.Loopback, 17_700);

    public async Task ConnectAnotherNetworkAsync()
    {
        var folder = Directory.CreateTempSubdirectory("connmgr-i2p-").FullName;
        try
        {
            await using var ours = await StartAsync(1, accept: true, folder);
            var address = await AddressAsync(ours);
            await using var theirs = await StartAsync(2, accept: false);

            var outbound = (await ConnectAsync(theirs, address.ToEndPoint()!)).Connection!;

            var inbound = await InboundAsync(ours);
            Assert.Equal(outbound.LocalEndPoint, inbound.RemoteEndPoint);
            Assert.Equal(address.ToEndPoint(), inbound.LocalEndPoint);
            Assert.NotEqual(outbound.LocalEndPoint, outbound.RemoteEndPoint);
            Assert.Equal(NetworkWord.I2P, NetworkWords.Of(inbound.Link));
            Assert.False(inbound.HasAddressOfPeer);
            Assert.Equal(679, new FileInfo(Path.Combine(folder, "regtest", "i2p_private_key")).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async Task ConnectABitcoindAsync()
    {
        await using var relay = new SamRelay(i2p.Network, Relay, token => i2p.ConnectAsync(I2PNetwork.Sam(1), token));
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions
            {
                Network = i2p.Network,
                Address = IPAddress.Parse("127.90.0.1"),
                Arguments = [$"-i2psam={Relay}", "-i2pacceptincoming=1", "-debug=i2p", $"-peertimeout={Patience.TotalSeconds}"],
            },
            cancellation);
        await using var ours = await StartAsync(2, accept: true);
        var address = await AddressAsync(ours);
        var theirs = "";
        await Poll.UntilAsync(
            async token =>
            {
                var info = await node.CallAsync("getnetworkinfo", token);
                theirs = info.GetProperty("localaddresses").EnumerateArray().Select(static each => each.GetProperty("address").GetString()!).FirstOrDefault(static each => each.EndsWith(".b32.i2p", StringComparison.Ordinal)) ?? "";
                return theirs.Length > 0;
            },
            () => "bitcoind has no I2P address",
            cancellation);

        var outbound = await ConnectAsync(ours, new DnsEndPoint(theirs, 0));

        Assert.True(await outbound.PingAsync(cancellation) > TimeSpan.Zero);
        var peers = await node.WaitForPeersAsync(static peers => peers.Any(static peer => IsKnown(peer) && peer.GetProperty("inbound").GetBoolean()), cancellation);
        Assert.Equal("i2p", Assert.Single(peers).GetProperty("network").GetString());
        Assert.Equal(address.ToString(), peers[0].GetProperty("addr").GetString()); // Dialled from our address, as Bitcoin Core does.
        outbound.Connection!.Close();
        await node.WaitForPeersAsync(static peers => peers.Count == 0, cancellation);

        await Poll.UntilAsync(
            async token =>
            {
                await node.CallAsync("addnode", token, address.ToString(), "onetry", false);
                return (await ours.GetPeersAsync(token)).Any(static peer => peer.Connection.Direction == ConnectionDirection.Inbound);
            },
            () => $"bitcoind does not reach us at {ours.I2P}. {node.Diagnostics()}",
            cancellation);
        var inbound = await InboundAsync(ours);
        Assert.Equal(new DnsEndPoint(theirs, 0), inbound.RemoteEndPoint);
        Assert.Contains(await node.WaitForPeersAsync(static peers => peers.Any(IsKnown), cancellation), static peer => peer.GetProperty("network").ValueEquals("i2p") && !peer.GetProperty("inbound").GetBoolean());
    }

    public async Task DialTwentyAsync()
    {
        await using var theirs = Run(1);
        await using var ours = Run(2);
        var target = (await theirs.I2P.WaitAsync(static state => state.IsConnected, cancellation)).Address!.Value.ToEndPoint()!;
        await ours.I2P.WaitAsync(static state => state.IsConnected, cancellation);
        await using var echoes = new EchoServer(theirs.I2P.Listener!);
        await ReachAsync(ours.I2P, target);

        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ours.I2P.DialAsync(target, cancellation).AsTask()));
        var answers = await Task.WhenAll(streams.Select((stream, i) => EchoAsync(stream, $"{i,8}", cancellation)));

        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i,8}"), answers, StringComparer.Ordinal);
        foreach (var stream in streams)
            await stream.DisposeAsync();

        await ReachAsync(ours.I2P, target, transient: true);
    }

    public async Task KillARouterAsync()
    {
        await using var ours = Run(3);
        await using var theirs = Run(2, accept: false);
        var before = (await ours.I2P.WaitAsync(static state => state.IsConnected, cancellation)).Address!.Value;
        await using var echoes = new EchoServer(ours.I2P.Listener!);
        await ReachAsync(theirs.I2P, before.ToEndPoint()!);

        await i2p.KillAsync(3, cancellation);
        await ours.I2P.WaitAsync(static state => !state.IsConnected, cancellation);
        var dead = await Assert.ThrowsAsync<ConnectFailedException>(() => ours.I2P.DialAsync(before.ToEndPoint()!, cancellation).AsTask());
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, dead.Cause);
        await i2p.RunAgainAsync(3, cancellation);

        Assert.Equal(before, (await ours.I2P.WaitAsync(static state => state.IsConnected, cancellation)).Address);
        await ReachAsync(theirs.I2P, before.ToEndPoint()!); // By new sessions: a router keeps what it knows of an address for each.
    }

    public async Task RunAsync()
    {
        await using var first = ToolProcess.Start(i2p.Network, "run", "--json", "--network", "regtest", "--only-net", "i2p", "--i2p-sam", $"{I2PNetwork.Sam(1)}", "--i2p-tunnel-length", "0");
        var address = (await LineAsync(first, static line => Is(line, "i2p") && line.GetProperty("connected").GetBoolean())).GetProperty("address").GetString()!;
        await using var second = ToolProcess.Start(
            i2p.Network, "run", "--json", "--network", "regtest", "--only-net", "i2p", "--i2p-sam", $"{I2PNetwork.Sam(2)}", "--i2p-transient", "--i2p-tunnel-length", "0", "--connect", address[..^":0".Length]);

        Assert.Equal(address, (await LineAsync(second, static line => Is(line, "connected"))).GetProperty("address").GetString());
        var inbound = await LineAsync(first, static line => Is(line, "connected") && line.GetProperty("direction").ValueEquals("inbound"));
        Assert.EndsWith(".b32.i2p:0", inbound.GetProperty("address").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await second.TerminateAsync(cancellation));
        Assert.Equal(0, await first.TerminateAsync(cancellation));
    }

    private static bool Is(JsonElement line, string name) => line.GetProperty("event").ValueEquals(name);

    private static bool IsKnown(JsonElement peer) => peer.GetProperty("version").GetInt32() > 0;

    private async Task<JsonElement> LineAsync(ServerProcess run, Func<JsonElement, bool> wanted)
    {
        JsonElement found = default;
        await Poll.UntilAsync(
            _ =>
            {
                Assert.False(run.HasExited, run.Output);
                found = run.Output.Split('\n').Where(static line => line.StartsWith('{') && line.EndsWith('}')).Select(static line => JsonElement.Parse(line)).FirstOrDefault(wanted);
                return Task.FromResult(found.ValueKind == JsonValueKind.Object);
            },
            () => run.Output,
            cancellation);
        return found;
    }

    private async Task<NetworkEndPoint> AddressAsync(PeerNetwork network)
    {
        await Poll.UntilAsync(_ => Task.FromResult(network.I2P is { Address: not null }), () => $"no session: {network.I2P?.Failure}", cancellation);
        return network.I2P!.Address!.Value;
    }

    private async Task<Connection> InboundAsync(PeerNetwork network)
    {
        Connection? found = null;
        await Poll.UntilAsync(
            async token => (found = (await network.GetPeersAsync(token)).Select(static peer => peer.Connection).FirstOrDefault(static each => each.Direction == ConnectionDirection.Inbound)) is not null,
            () => "no inbound peer",
            cancellation);
        return found!;
    }

    /// <summary>Connects, and again while the router has not learnt of the address yet.</summary>
    private async Task<BitcoinPeer> ConnectAsync(PeerNetwork network, EndPoint address)
    {
        BitcoinPeer? peer = null;
        Exception? last = null;
        await Poll.UntilAsync(
            async token =>
            {
                try
                {
                    peer = await network.ConnectPeerAsync(address, token);
                    return true;
                }
                catch (ConnectFailedException exception)
                {
                    last = exception;
                    return false;
                }
            },
            () => $"not connected: {last}",
            cancellation);
        return peer!;
    }

    /// <summary>Dials until the peer answers: i2pd reports a stream before the peer knows of it.</summary>
    private async Task ReachAsync(I2PController from, EndPoint target, bool transient = false)
    {
        Exception? last = null;
        await Poll.UntilAsync(
            async token =>
            {
                using var patience = new CancellationTokenSource(transient ? TimeSpan.FromMinutes(1) : Patience, TimeProvider.System); // With the time for a session.
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, token);
                try
                {
                    await using var stream = transient ? await from.DialTransientAsync(target, either.Token) : await from.DialAsync(target, either.Token);
                    Assert.True(!transient || !from.State.Address!.Value.ToEndPoint()!.Equals(((IStreamEndPoints)stream).LocalEndPoint));
                    return await EchoAsync(stream, "are you?", either.Token) is "are you?";
                }
                catch (Exception exception) when (exception is ConnectFailedException or IOException or OperationCanceledException && !token.IsCancellationRequested)
                {
                    last = exception;
                    return false;
                }
            },
            () => $"not reached: {last}",
            cancellation);
    }

    private static async Task<string> EchoAsync(Stream stream, string text, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        var received = new byte[text.Length];
        await stream.ReadExactlyAsync(received, cancellationToken);
        return Encoding.ASCII.GetString(received);
    }

    private async Task<PeerNetwork> StartAsync(int router, bool accept, string? folder = null)
    {
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            DataDirectory = folder,
            Protocol = new BitcoinPeerOptions { RequiredServices = NodeServices.None },
            Configure = static manager => manager.HandshakeTimeout = Patience,
            Dial = static (_, _) => throw new InvalidOperationException("dialled past the router"),
            Proxies = new PeerNetworkProxies
            {
                I2PSam = I2PNetwork.Sam(router),
                AcceptI2P = accept,
                I2PTunnelLength = 0,
                OnlyNetworks = AddressNetworks.I2P,
                Socks5 = new Socks5DialerOptions { Connect = i2p.ConnectAsync },
            },
        });
        await network.StartAsync(cancellation);
        return network;
    }

    private RunningController Run(int router, bool accept = true) => new(new I2PController(I2PNetwork.Sam(router), new I2PControllerOptions
    {
        AcceptConnections = accept,
        TunnelLength = 0,
        RetryDuration = TimeSpan.FromMilliseconds(200),
        MaxRetryDuration = TimeSpan.FromMilliseconds(500),
        Connect = i2p.ConnectAsync,
    }));

    /// <summary>Sends back what each stream brings, until it is disposed.</summary>
    private sealed class EchoServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public EchoServer(IConnectionListener listener) => _running = RunAsync(listener);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }

        private async Task RunAsync(IConnectionListener listener)
        {
            var echoes = new List<Task>();
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    echoes.Add(EchoAsync(await listener.AcceptAsync(_stop.Token)));
                }
                catch (OperationCanceledException)
                {
                    // Disposed.
                }
            }

            await Task.WhenAll(echoes);
        }

        private async Task EchoAsync(Stream stream)
        {
            await using (stream)
            {
                var bytes = new byte[64];
                try
                {
                    while (await stream.ReadAsync(bytes, _stop.Token) is var count and > 0)
                        await stream.WriteAsync(bytes.AsMemory(0, count), _stop.Token);
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException)
                {
                    // The router or the test has ended it.
                }
            }
        }
    }

    private sealed class RunningController : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public RunningController(I2PController i2p)
        {
            I2P = i2p;
            _running = i2p.RunAsync(_stop.Token);
        }

        public I2PController I2P { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }
}
