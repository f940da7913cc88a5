using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A real Tor network: exits, look-ups, isolation, onion services, and a Tor that is killed.</summary>
[Collection(nameof(TorNetwork))]
public sealed class TorTests(TorNetwork tor)
{
    private static readonly IPAddress NodeAddress = IPAddress.Parse("20.1.0.1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DialAsync_ThroughAnExit_ReachesABitcoindByAddressAndByName()
    {
        tor.Require();
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions { Network = tor.Network, Address = NodeAddress }, Cancellation);
        await using var ours = ThroughTor(TorNetwork.Socks);
        ours.Manager.Connect(node.EndPoint, permanent: true);
        ours.Manager.Connect(new DnsEndPoint("v4.peers.example", node.EndPoint.Port), permanent: true);

        await ours.Manager.StartAsync(Cancellation);

        var peers = await node.WaitForPeersAsync(peers => peers.Count(ours.IsMe) == 2, Cancellation);
        Assert.All(peers, peer => Assert.StartsWith("127.0.0.1:", peer.GetProperty("addr").GetString(), StringComparison.Ordinal));
        await ours.Manager.WhenFullAsync(Cancellation);
        var connections = (await ours.Manager.GetSnapshotAsync(Cancellation)).Connections;
        Assert.Contains(connections, each => node.EndPoint.Equals(each.Connection.RemoteEndPoint));
        Assert.Contains(connections, each => each.Connection.RemoteEndPoint is DnsEndPoint { Host: "v4.peers.example" });
    }

    /// <summary>The encrypted transport through Tor, out and in: a dial through an exit, and a bitcoind that dials our onion service.</summary>
    [Fact]
    public async Task Transport_ThroughTor_IsV2WithEqualSessionIds_BothWays()
    {
        tor.Require();
        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions { Network = tor.Network, Address = NodeAddress, Arguments = [$"-onion={TorNetwork.SecondSocks}"] }, Cancellation);
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), profile: new ListenerProfile { IsOnion = true }));
        await using var ours = ThroughTor(TorNetwork.Socks, options => options.Listeners = [listener], peers => peers.Transport = TransportPolicy.V2Only);
        await using var controller = new RunningController(tor, TorNetwork.Control, new TorControllerOptions
        {
            OnionService = new OnionServiceOptions { Target = listener.LocalEndPoint, VirtualPort = 18444 },
        });
        await ours.Manager.StartAsync(Cancellation);
        ours.Manager.Connect(node.EndPoint, permanent: true);
        var outbound = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        var theirs = await node.WaitForPeersAsync(peers => peers.Count(ours.IsMe) == 1, Cancellation);
        AssertV2(theirs.Single(ours.IsMe), outbound);

        var state = await controller.Tor.WaitAsync(state => state.IsOnionServicePublished, Cancellation);
        theirs = await node.DialUntilAsync(state.OnionService!.Value.ToString(), beginsByVersion2: true, ours.IsMe, Cancellation);
        var inbound = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        Assert.True(inbound.IsOnion);
        AssertV2(theirs.Single(peer => ours.IsMe(peer) && !peer.GetProperty("inbound").GetBoolean()), inbound);

        static void AssertV2(System.Text.Json.JsonElement theirs, Connection connection)
        {
            var peer = RegtestManager.GetPeer(connection);
            Assert.Equal((PeerTransport.V2, "v2"), (peer.Transport, theirs.GetProperty("transport_protocol_type").GetString()));
            Assert.Equal(theirs.GetProperty("session_id").GetString(), Convert.ToHexStringLower(peer.SessionId.Span));
        }
    }

    [Theory]
    [InlineData("v4.peers.example", "20.1.0.1")]
    [InlineData("v6.peers.example", "2a01:4f8::5")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    public async Task LookupAsync_OfAName_GivesItsAddress(string name, string address)
    {
        tor.Require();

        Assert.Equal([IPAddress.Parse(address)], await Resolver(new StreamIsolation()).LookupAsync(name, Cancellation));
    }

    [Theory]
    [InlineData("nosuch.peers.example")]
    [InlineData("empty.peers.example")]
    public async Task LookupAsync_OfANameWithoutAddress_SaysSo(string name)
    {
        tor.Require();

        var failure = await Assert.ThrowsAsync<TorException>(async () => await Resolver(new StreamIsolation()).LookupAsync(name, Cancellation));

        Assert.Equal(TorErrorCode.HostUnreachable, failure.Code);
    }

    [Fact]
    public async Task ReverseLookupAsync_OfAnAddress_GivesItsName()
    {
        tor.Require();

        Assert.Equal("seven.peers.example", await Resolver(new StreamIsolation()).ReverseLookupAsync(IPAddress.Parse("20.2.0.7"), Cancellation));
    }

    /// <summary>
    /// Which exit a circuit leads to is Tor's choice, and which of a name's addresses an exit gives depends on what it remembers, so how many different addresses
    /// come of it is chance. What is ours: each look-up goes by a circuit that nothing else uses.
    /// </summary>
    [Fact]
    public async Task AskAsync_OfADnsSeedThroughTor_LooksUpOnACircuitEach()
    {
        tor.Require();
        var seed = new DnsSeed("seed.peers.example", supportsServiceFilter: false);
        var isolation = new StreamIsolation();
        var seeder = new DnsSeeder(
            ChainParameters.Mainnet with { DnsSeeds = [seed] },
            new DnsSeederOptions { Lookup = Resolver(isolation, lookupsPerName: 8).LookupAsync });

        var outcome = await seeder.AskAsync(seed, 9, Cancellation);

        Assert.InRange(outcome.Addresses.Count, 1, 8);
        Assert.All(outcome.Addresses, address => Assert.StartsWith("20.7.0.", address.EndPoint.ToString(), StringComparison.Ordinal));
        Assert.Equal(outcome.Addresses.Count, outcome.Addresses.Select(address => address.EndPoint).Distinct().Count());
        var circuits = await tor.CircuitsAsync(isolation.GetCredentials("").UserName[..32], Cancellation);
        Assert.Equal(8, circuits.Select(circuit => circuit.UserName).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(circuits.Count, circuits.Select(circuit => circuit.Circuit).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task DialAsync_OfStatuses_GivesCausesAndCodes()
    {
        tor.Require();
        var absent = new DnsEndPoint("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", 8333);

        Assert.Equal((ConnectFailureCause.Unknown, TorErrorCode.GeneralFailure), await FailureOfAsync(TorNetwork.Socks, new IPEndPoint(IPAddress.Parse("20.1.0.9"), 9)));
        Assert.Equal((ConnectFailureCause.NameNotFound, TorErrorCode.HostUnreachable), await FailureOfAsync(TorNetwork.Socks, new DnsEndPoint("nosuch.peers.example", 1)));
        Assert.Equal((ConnectFailureCause.Unreachable, TorErrorCode.HostUnreachable), await FailureOfAsync(TorNetwork.Socks, absent));
        Assert.Equal((ConnectFailureCause.Unreachable, TorErrorCode.OnionDescriptorNotFound), await FailureOfAsync(TorNetwork.SocksWithExtendedErrors, absent));
    }

    /// <summary>Whether two streams of one group share a circuit is Tor's choice. What is ours: no circuit has streams of two groups.</summary>
    [Fact]
    public async Task DialAsync_UnderIsolation_UsesCircuitsOfTheirOwn()
    {
        tor.Require();
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(NodeAddress, 7000)));
        var isolation = new StreamIsolation();
        var group = "a";
        var dial = tor.Inside(new Socks5Dialer(TorNetwork.Socks, new Socks5DialerOptions { Isolation = isolation, GetIsolationGroup = _ => group }).DialAsync);
        await using var first = await dial(listener.LocalEndPoint, Cancellation);
        await using var second = await dial(listener.LocalEndPoint, Cancellation);
        group = "b";
        await using var other = await dial(listener.LocalEndPoint, Cancellation);
        group = null;
        await using var alone = await dial(listener.LocalEndPoint, Cancellation);
        await using var alsoAlone = await dial(listener.LocalEndPoint, Cancellation);

        // By Tor's own account: which circuit each stream is on, and under which user name.
        var prefix = isolation.GetCredentials("a").UserName[..32];
        var streams = await tor.StreamsAsync(prefix, Cancellation);
        Assert.Equal(5, streams.Count);
        Assert.Equal(2, streams.Count(stream => stream.UserName.Equals(isolation.GetCredentials("a").UserName, StringComparison.Ordinal)));
        Assert.Equal(4, streams.Select(stream => stream.UserName).Distinct(StringComparer.Ordinal).Count());
        Assert.All(
            streams.GroupBy(stream => stream.Circuit, StringComparer.Ordinal),
            circuit => Assert.Single(circuit.Select(stream => stream.UserName).Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task OnionService_OfAController_IsReachedByASecondClientAndByABitcoind()
    {
        tor.Require();
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0), profile: new ListenerProfile { IsOnion = true }));
        await using var ours = new RegtestManager(options => options.Listeners = [listener]);
        await ours.Manager.StartAsync(Cancellation);
        await using var controller = new RunningController(tor, TorNetwork.Control, new TorControllerOptions
        {
            OnionService = new OnionServiceOptions { Target = listener.LocalEndPoint, VirtualPort = 18444 },
        });
        var state = await controller.Tor.WaitAsync(state => state.IsOnionServicePublished, Cancellation);
        Assert.Equal(TorNetwork.Socks, state.SocksProxy);
        var onion = state.OnionService!.Value.ToEndPoint()!;

        await using var theirs = ThroughTor(TorNetwork.SecondSocks);
        await theirs.Manager.StartAsync(Cancellation);
        theirs.Manager.Connect(onion, permanent: true);
        Assert.Equal(onion, (await theirs.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection.RemoteEndPoint);
        var inbound = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        Assert.Equal(ConnectionKind.Inbound, inbound.Kind);
        Assert.True(inbound.IsOnion);

        await using var node = await BitcoindNode.StartAsync(
            new BitcoindOptions { Network = tor.Network, Address = NodeAddress, Arguments = [$"-onion={TorNetwork.SecondSocks}"] }, Cancellation);
        var peers = await node.DialUntilAsync(state.OnionService.Value.ToString(), beginsByVersion2: false, ours.IsMe, Cancellation);
        Assert.Equal("onion", peers.Single(ours.IsMe).GetProperty("network").GetString());
    }

    [Fact]
    public async Task RunAsync_AtASecondClient_AuthenticatesByPasswordOverAUnixSocket()
    {
        tor.Require();
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(NodeAddress, 7000)));
        await using var controller = new RunningController(
            tor, new UnixDomainSocketEndPoint(tor.SecondUnixControl), new TorControllerOptions { Password = TorNetwork.Password });

        var state = await controller.Tor.WaitAsync(state => state.IsConnected, Cancellation);

        Assert.Equal(TorNetwork.SecondSocks, state.SocksProxy);
        Assert.NotNull(state.Version);
        await using var stream = await new Socks5Dialer(new UnixDomainSocketEndPoint(tor.SecondUnixSocks)).DialAsync(listener.LocalEndPoint, Cancellation);
        await using var accepted = await listener.AcceptAsync(Cancellation);
        await stream.WriteAsync("hello"u8.ToArray(), Cancellation);
        var received = new byte[5];
        await accepted.ReadExactlyAsync(received, Cancellation);
        Assert.Equal("hello"u8.ToArray(), received);
    }

    [Fact]
    public async Task RunAsync_WithAWrongPassword_SaysSo()
    {
        tor.Require();
        await using var controller = new RunningController(
            tor, new UnixDomainSocketEndPoint(tor.SecondUnixControl), new TorControllerOptions { Password = "wrong" });

        var state = await controller.Tor.WaitAsync(state => state.Failure is not null, Cancellation);

        Assert.Contains("515", state.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manager_TorIsKilledAndComesBack_FillsAllSlotsAgain()
    {
        tor.Require();

        // One listener is a peer at each of these addresses: every address of the namespace is local.
        await using var listener = tor.Network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, 18444)));
        await using var peers = new RegtestManager(options => options.Listeners = [listener]);
        await peers.Manager.StartAsync(Cancellation);
        EndPoint[] addresses = [.. Enumerable.Range(1, 8).Select(i => new IPEndPoint(IPAddress.Parse($"20.{10 + i}.0.1"), 18444))];
        var source = new AddressList(addresses);
        await using var ours = ThroughTor(TorNetwork.Socks, options =>
        {
            options.AddressSource = source;
            options.TargetOutbound = 4;
        });
        await using var controller = new RunningController(tor, TorNetwork.Control, new TorControllerOptions
        {
            OnionService = new OnionServiceOptions { Target = listener.LocalEndPoint },
            RetryDuration = TimeSpan.FromMilliseconds(200),
            MaxRetryDuration = TimeSpan.FromMilliseconds(500),
        });
        var before = await controller.Tor.WaitAsync(state => state.OnionService is not null, Cancellation);
        await ours.Manager.StartAsync(Cancellation);
        await ours.Manager.WhenFullAsync(Cancellation);

        await tor.KillFirstClientAsync(Cancellation);
        for (var lost = 0; lost < 4; lost++)
            await ours.Events.NextAsync<ConnectionClosed>(Cancellation);
        await controller.Tor.WaitAsync(state => !state.IsConnected, Cancellation);
        await ours.Events.NextAsync<AttemptFailed>(Cancellation, failed => failed.Outcome.Cause == ConnectFailureCause.ProxyUnreachable);
        Assert.DoesNotContain(source.Outcomes, outcome => outcome.Cause == ConnectFailureCause.ProxyUnreachable && outcome.CountsAgainstAddress);
        await tor.StartFirstClientAsync(Cancellation);

        await ours.Manager.WhenFullAsync(Cancellation);
        var after = await controller.Tor.WaitAsync(state => state.OnionService is not null, Cancellation);
        Assert.Equal(before.OnionService, after.OnionService);
        Assert.Equal(2, after.Sessions);
        Assert.Equal(4, (await ours.Manager.GetSnapshotAsync(Cancellation)).Connections.Length);
    }

    private TorResolver Resolver(StreamIsolation isolation, int lookupsPerName = 1) => new(TorNetwork.Socks, new TorResolverOptions
    {
        Isolation = isolation,
        LookupsPerName = lookupsPerName,
        Connect = tor.ConnectAsync,
    });

    private RegtestManager ThroughTor(
        EndPoint proxy, Action<ConnectionManagerOptions>? configure = null, Action<BitcoinPeerOptions>? configurePeers = null)
    {
        var dialer = new NetworkDialer(new NetworkDialerOptions { Rules = ProxyRules.All(proxy) });
        return new RegtestManager(
            options =>
            {
                options.Dial = tor.Inside(dialer.DialAsync);
                options.GetProxy = dialer.GetProxy;
                configure?.Invoke(options);
            },
            configurePeers);
    }

    private async Task<(ConnectFailureCause Cause, TorErrorCode Code)> FailureOfAsync(EndPoint proxy, EndPoint peer)
    {
        var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => tor.Inside(new Socks5Dialer(proxy).DialAsync)(peer, Cancellation).AsTask());
        Assert.Equal(ConnectPhase.Proxy, failure.Phase);
        return (failure.Cause, Assert.IsType<TorException>(failure.InnerException).Code);
    }
}
