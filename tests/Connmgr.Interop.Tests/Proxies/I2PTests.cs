using System.Net;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A real I2P network: peers of ours and of bitcoind's, in both directions, many at once, and a router that is killed.</summary>
[Collection(nameof(I2PNetwork))]
public sealed class I2PTests(I2PNetwork i2p)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>One accepts at its address; the other dials, from another address each time.</summary>
    [Fact]
    public async Task Connect_AnotherNetwork_ThroughTwoRouters_HandshakesAndCountsAsI2P()
    {
        i2p.Require();
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

    [Fact]
    public async Task Connect_ABitcoind_AndBack_IsOfI2PForBoth()
    {
        i2p.Require();
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions
            {
                Network = i2p.Network,
                Address = IPAddress.Parse("127.90.0.1"),
                Arguments = [$"-i2psam={I2PNetwork.Sam(3)}", "-i2pacceptincoming=1"],
            },
            Cancellation);
        await using var ours = await StartAsync(1, accept: true);
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
            Cancellation);

        var outbound = await ConnectAsync(ours, new DnsEndPoint(theirs, 0));

        Assert.True(await outbound.PingAsync(Cancellation) > TimeSpan.Zero);
        var peers = await node.WaitForPeersAsync(static peers => peers.Any(static peer => IsKnown(peer) && peer.GetProperty("inbound").GetBoolean()), Cancellation);
        Assert.Equal("i2p", Assert.Single(peers).GetProperty("network").GetString());
        Assert.Equal(address.ToString(), peers[0].GetProperty("addr").GetString()); // Dialled from our address, as Bitcoin Core does.
        outbound.Connection!.Close();
        await node.WaitForPeersAsync(static peers => peers.Count == 0, Cancellation);

        await Poll.UntilAsync(
            async token =>
            {
                await node.CallAsync("addnode", token, address.ToString(), "onetry", false);
                return (await ours.GetPeersAsync(token)).Any(static peer => peer.Connection.Direction == ConnectionDirection.Inbound);
            },
            () => "bitcoind does not reach us",
            Cancellation);
        var inbound = await InboundAsync(ours);
        Assert.Equal(new DnsEndPoint(theirs, 0), inbound.RemoteEndPoint);
        Assert.Contains(await node.WaitForPeersAsync(static peers => peers.Any(IsKnown), Cancellation), static peer => peer.GetProperty("network").ValueEquals("i2p") && !peer.GetProperty("inbound").GetBoolean());
    }

    /// <summary>Twenty streams at once under one session, each with its own bytes in both directions.</summary>
    [Fact]
    public async Task DialAsync_OfTwentyAtOnce_ConnectsAll()
    {
        i2p.Require();
        await using var theirs = Run(4);
        await using var ours = Run(5);
        var target = (await theirs.I2P.WaitAsync(static state => state.IsConnected, Cancellation)).Address!.Value.ToEndPoint()!;
        await ours.I2P.WaitAsync(static state => state.IsConnected, Cancellation);
        await using var echoes = new EchoServer(theirs.I2P.Listener!);
        await ReachAsync(ours.I2P, target);

        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ours.I2P.DialAsync(target, Cancellation).AsTask()));
        var answers = await Task.WhenAll(streams.Select(static (stream, i) => EchoAsync(stream, $"{i,8}", Cancellation)));

        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i,8}"), answers, StringComparer.Ordinal);
        foreach (var stream in streams)
            await stream.DisposeAsync();
    }

    /// <summary>The router is killed and comes back: the same address is served, and peers arrive at an accept that never ended.</summary>
    [Fact]
    public async Task AcceptAsync_TheRouterIsKilledAndComesBack_ServesTheSameAddress()
    {
        i2p.Require();
        await using var ours = Run(4);
        await using var theirs = Run(5, accept: false);
        var before = (await ours.I2P.WaitAsync(static state => state.IsConnected, Cancellation)).Address!.Value;
        await using var echoes = new EchoServer(ours.I2P.Listener!);
        await ReachAsync(theirs.I2P, before.ToEndPoint()!);

        await i2p.KillAsync(4, Cancellation);
        await ours.I2P.WaitAsync(static state => !state.IsConnected, Cancellation);
        var dead = await Assert.ThrowsAsync<ConnectFailedException>(() => ours.I2P.DialAsync(before.ToEndPoint()!, Cancellation).AsTask());
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, dead.Cause);
        await i2p.RunAgainAsync(4, Cancellation);

        Assert.Equal(before, (await ours.I2P.WaitAsync(static state => state.IsConnected, Cancellation)).Address);
        await ReachAsync(theirs.I2P, before.ToEndPoint()!); // By new sessions: a router keeps what it knows of an address for each.
    }

    /// <summary>The program, one run that accepts and one that dials; each says so in its events.</summary>
    [Fact]
    public async Task Run_ThroughI2P_IsReachedByAnother()
    {
        i2p.Require();
        await using var first = ToolProcess.Start(i2p.Network, "run", "--json", "--network", "regtest", "--only-net", "i2p", "--i2p-sam", $"{I2PNetwork.Sam(1)}", "--i2p-tunnel-length", "1");
        var address = (await LineAsync(first, static line => Is(line, "i2p") && line.GetProperty("connected").GetBoolean())).GetProperty("address").GetString()!;
        await using var second = ToolProcess.Start(
            i2p.Network, "run", "--json", "--network", "regtest", "--only-net", "i2p", "--i2p-sam", $"{I2PNetwork.Sam(2)}", "--i2p-transient", "--i2p-tunnel-length", "1", "--connect", address[..^":0".Length]);

        Assert.Equal(address, (await LineAsync(second, static line => Is(line, "connected"))).GetProperty("address").GetString());
        var inbound = await LineAsync(first, static line => Is(line, "connected") && line.GetProperty("direction").ValueEquals("inbound"));
        Assert.EndsWith(".b32.i2p:0", inbound.GetProperty("address").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await second.TerminateAsync(Cancellation));
        Assert.Equal(0, await first.TerminateAsync(Cancellation));
    }

    private static bool Is(JsonElement line, string name) => line.GetProperty("event").ValueEquals(name);

    private static bool IsKnown(JsonElement peer) => peer.GetProperty("version").GetInt32() > 0;

    private static async Task<JsonElement> LineAsync(ServerProcess run, Func<JsonElement, bool> wanted)
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
            Cancellation);
        return found;
    }

    private static async Task<NetworkEndPoint> AddressAsync(PeerNetwork network)
    {
        await Poll.UntilAsync(_ => Task.FromResult(network.I2P is { Address: not null }), () => $"no session: {network.I2P?.Failure}", Cancellation);
        return network.I2P!.Address!.Value;
    }

    private static async Task<Connection> InboundAsync(PeerNetwork network)
    {
        Connection? found = null;
        await Poll.UntilAsync(
            async token => (found = (await network.GetPeersAsync(token)).Select(static peer => peer.Connection).FirstOrDefault(static each => each.Direction == ConnectionDirection.Inbound)) is not null,
            () => "no inbound peer",
            Cancellation);
        return found!;
    }

    /// <summary>Connects, and again while the router has not learnt of the address yet.</summary>
    private static async Task<BitcoinPeer> ConnectAsync(PeerNetwork network, EndPoint address)
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
            Cancellation);
        return peer!;
    }

    /// <summary>Dials until the peer answers: i2pd reports a stream before the peer knows of it.</summary>
    private static async Task ReachAsync(I2PController from, EndPoint target)
    {
        Exception? last = null;
        await Poll.UntilAsync(
            async token =>
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, token);
                try
                {
                    await using var stream = await from.DialAsync(target, either.Token);
                    return await EchoAsync(stream, "are you?", either.Token) is "are you?";
                }
                catch (Exception exception) when (exception is ConnectFailedException or IOException or OperationCanceledException && !token.IsCancellationRequested)
                {
                    last = exception;
                    return false;
                }
            },
            () => $"not reached: {last}",
            Cancellation);
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
            Dial = static (_, _) => throw new InvalidOperationException("dialled past the router"),
            Proxies = new PeerNetworkProxies
            {
                I2PSam = I2PNetwork.Sam(router),
                AcceptI2P = accept,
                I2PTunnelLength = 1,
                OnlyNetworks = AddressNetworks.I2P,
                Socks5 = new Socks5DialerOptions { Connect = i2p.ConnectAsync },
            },
        });
        await network.StartAsync(Cancellation);
        return network;
    }

    private RunningController Run(int router, bool accept = true) => new(new I2PController(I2PNetwork.Sam(router), new I2PControllerOptions
    {
        AcceptConnections = accept,
        TunnelLength = 1,
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
