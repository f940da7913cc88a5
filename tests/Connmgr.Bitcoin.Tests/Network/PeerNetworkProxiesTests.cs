using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>A network whose every way out is a proxy.</summary>
public class PeerNetworkProxiesTests
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);
    private static readonly IPEndPoint Sam = new(IPAddress.Loopback, 7656);
    private static readonly IPEndPoint Control = new(IPAddress.Loopback, 9051);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhenFull_ThroughAProxy_NothingGoesPastIt()
    {
        await using var sandbox = new BookedSandbox();
        var proxy = new SocksProxy(sandbox.Sandbox.DialAsync, sandbox.Sandbox.LookupAsync);
        var direct = 0;
        var options = Options(proxy, new PeerNetworkProxies { Rules = ProxyRules.All(Proxy) });
        options.Dial = (_, _) =>
        {
            Interlocked.Increment(ref direct);
            throw new InvalidOperationException("dialled past the proxy");
        };
        await using var network = new PeerNetwork(options);

        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        Assert.Equal(0, direct);
        Assert.Equal(8, (await network.GetPeersAsync(Cancellation)).Length);
        var seeds = options.Chain!.DnsSeeds;
        await Eventually.TrueAsync(() => proxy.Lookups.Count == 8 * seeds.Length); // 8 circuits for each seed,
        await Eventually.TrueAsync(() => seeds.All(seed => proxy.Connects.Contains($"{seed.Host}:{options.Chain.DefaultPort}", StringComparer.Ordinal))); // and its bare name.
        var users = proxy.Users.ToArray();
        Assert.Equal(users.Length, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Tor_WithAControlPort_TellsOfItsProxyAndServesOurOnion()
    {
        await using var sandbox = new BookedSandbox();
        var proxy = new SocksProxy(sandbox.Sandbox.DialAsync, sandbox.Sandbox.LookupAsync);
        var told = new TaskCompletionSource<TorState>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(proxy, new PeerNetworkProxies
        {
            TorControl = Control,
            OnTorChanged = state => told.TrySetResult(state),
        });
        options.Dial = sandbox.Sandbox.DialAsync;
        options.Lookup = sandbox.Sandbox.LookupAsync;
        options.DataDirectory = sandbox.Folder;
        options.TargetOutbound = 1;
        options.Proxies!.Socks5.Connect = (endPoint, token) => endPoint.Equals(Control) ? FakeTorPort.ConnectAsync() : proxy.ConnectAsync(endPoint, token);
        await using var network = new PeerNetwork(options);
        Assert.Empty(network.ListenEndPoints); // The listener of the onion service is not listed.

        await network.StartAsync(Cancellation);
        var state = await told.Task.WaitAsync(Cancellation);

        Assert.Equal(FakeTorPort.Onion, state.OnionService!.Value.Address.ToString());
        Assert.Equal(state, network.Tor);
        Assert.Equal(FakeTorPort.Key, await File.ReadAllTextAsync(sandbox.Files.OnionKey, Cancellation));

        // The proxy that Tor reports is used for .onion names from now on.
        var request = network.Connections.Connect(new DnsEndPoint("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", 8333));
        await request.FirstOutcome.WaitAsync(Cancellation);
        Assert.Contains("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion:8333", proxy.Connects, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Tor_RestartedWithAnotherSocksPort_IsDialledThere()
    {
        await using var sandbox = new BookedSandbox();
        var proxy = new SocksProxy(sandbox.Sandbox.DialAsync, sandbox.Sandbox.LookupAsync);
        var ports = new ConcurrentQueue<int>([9150, 9250]);
        var told = new ConcurrentDictionary<int, TaskCompletionSource>(
            ports.Select(static port => KeyValuePair.Create(port, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))));
        var dialled = new ConcurrentQueue<EndPoint>();
        var restart = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(proxy, new PeerNetworkProxies
        {
            TorControl = Control,
            OnTorChanged = state => _ = state.SocksProxy is IPEndPoint { Port: var port } && told[port].TrySetResult(),
        });
        options.Dial = sandbox.Sandbox.DialAsync;
        options.Lookup = sandbox.Sandbox.LookupAsync;
        options.TargetOutbound = 0;
        options.Proxies!.Socks5.Connect = (endPoint, token) =>
        {
            if (endPoint.Equals(Control))
                return ports.TryDequeue(out var port) ? FakeTorPort.ConnectAsync(port, port == 9150 ? restart.Task : null) : throw new IOException("gone");
            dialled.Enqueue(endPoint);
            return proxy.ConnectAsync(endPoint, token);
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await told[9150].Task.WaitAsync(Cancellation);
        restart.SetResult();
        await told[9250].Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        var request = network.Connections.Connect(new DnsEndPoint("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", 8333));
        await request.FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 9250)], dialled);
    }

    [Fact]
    public async Task Constructor_OptionsOfTheCaller_AreNotChanged()
    {
        var proxies = new PeerNetworkProxies { Rules = ProxyRules.All(Proxy) };
        var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, Proxies = proxies, TimeProvider = new FakeTimeProvider() };

        await using var network = new PeerNetwork(options);

        Assert.Same(TimeProvider.System, proxies.Socks5.TimeProvider);
    }

    [Fact]
    public async Task Configure_WithTorControlOrI2P_HasFileDescriptorsReservedForIt()
    {
        Assert.Equal(2, await ReservedAsync(new() { TorControl = Control }) - await ReservedAsync(new()));
        Assert.Equal(8, await ReservedAsync(new() { I2PSam = Sam }) - await ReservedAsync(new()));
        Assert.Equal(16, await ReservedAsync(new() { I2PSam = Sam, AcceptI2P = false }) - await ReservedAsync(new())); // A session for each peer.
        Assert.Equal(24, await ReservedAsync(new() { I2PSam = Sam }, new()) - await ReservedAsync(new(), new())); // Private broadcasts, with their sessions.

        static async Task<int> ReservedAsync(PeerNetworkProxies proxies, AddressBook? book = null)
        {
            var reserved = 0;
            var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, Proxies = proxies, Book = book, Configure = manager => reserved = manager.ReservedFileDescriptors };
            await using var network = new PeerNetwork(options);
            return reserved;
        }
    }

    [Fact]
    public void CopySocks5_EveryOptionSet_KeepsAllButTheClock()
    {
        var time = new FakeTimeProvider();
        var options = new Socks5DialerOptions
        {
            Timeout = TimeSpan.FromSeconds(1),
            ProxyTimeout = TimeSpan.FromSeconds(2),
            Isolation = new StreamIsolation(),
            GetIsolationGroup = static _ => "group",
            RequireIsolation = true,
            Credentials = new ProxyCredentials("user", "password"),
            Connect = static (_, _) => throw new NotSupportedException(),
        };
        var defaults = new Socks5DialerOptions();

        var copy = PeerNetworkParts.CopySocks5(options, time);

        Assert.Same(time, copy.TimeProvider);
        foreach (var property in typeof(Socks5DialerOptions).GetProperties().Where(static property => property.Name is not nameof(Socks5DialerOptions.TimeProvider)))
        {
            Assert.NotEqual(property.GetValue(defaults), property.GetValue(options)); // A new option is to be set above.
            Assert.Equal(property.GetValue(options), property.GetValue(copy));
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Constructor_OfBadProxies_SaysWhichAndWhat(string expected, PeerNetworkProxies proxies)
    {
        var failure = Assert.Throws<ArgumentException>(() => new PeerNetwork(new PeerNetworkOptions { Chain = ChainParameters.Mainnet, Proxies = proxies }));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, PeerNetworkProxies> Faults => new()
    {
        { "Rules is null", new PeerNetworkProxies { Rules = null! } },
        { "Socks5 is null", new PeerNetworkProxies { Socks5 = null! } },
        { "OnlyNetworks is TorV3", new PeerNetworkProxies { OnlyNetworks = AddressNetworks.TorV3 } },
        { "TorPassword is set", new PeerNetworkProxies { TorPassword = "secret" } },
        { "OnionTarget is set", new PeerNetworkProxies { OnionTarget = new IPEndPoint(IPAddress.Loopback, 0) } },
        { "I2PSam and Rules.I2P are both set", new PeerNetworkProxies { I2PSam = Sam, Rules = ProxyRules.None with { I2P = Proxy } } },
        { "I2PTunnelLength is set", new PeerNetworkProxies { I2PTunnelLength = 1 } },
        { "I2PTunnelLength is 8", new PeerNetworkProxies { I2PSam = Sam, I2PTunnelLength = 8 } },
        { "stands for all addresses", new PeerNetworkProxies { TorControl = Control, OnionTarget = new IPEndPoint(IPAddress.Any, 8334) } },
    };

    private static PeerNetworkOptions Options(SocksProxy proxy, PeerNetworkProxies proxies)
    {
        proxies.Socks5.Connect = proxy.ConnectAsync;
        return new PeerNetworkOptions { Chain = Testing.SandboxNetwork.SeededChain, Proxies = proxies, Policies = BookedSandbox.Calm };
    }
}
