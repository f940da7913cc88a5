using System.Collections.Concurrent;
using System.Net;
using CsCheck;

namespace Connmgr.Tests.Proxies;

public class NetworkDialerTests
{
    private const string OnionName = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

    private static readonly IPEndPoint Tor = new(IPAddress.Loopback, 9050);
    private static readonly IPEndPoint Other = new(IPAddress.Loopback, 1080);
    private static readonly byte[] Granted = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    private readonly ConcurrentQueue<EndPoint> _proxies = new();
    private readonly ConcurrentQueue<EndPoint> _direct = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DialAsync_ByNetwork_TakesItsWay_AndProxyOfNamesIt_T57()
    {
        var dialer = Dialer(ProxyRules.All(Other) with { Onion = Tor });

        foreach (var (endPoint, proxy) in new (EndPoint, EndPoint?)[]
        {
            (new IPEndPoint(IPAddress.Parse("15.61.23.23"), 1), Other),
            (new IPEndPoint(IPAddress.Parse("2a01:4f8::5"), 1), Other),
            (new DnsEndPoint("seed.example", 1), Other),
            (new DnsEndPoint(OnionName, 1), Tor),
            (new IPEndPoint(IPAddress.Loopback, 1), null),
            (new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1), null),
        })
        {
            _proxies.Clear();
            _direct.Clear();
            await using var stream = await dialer.DialAsync(endPoint, Token);

            Assert.Equal(proxy?.ToString(), dialer.GetProxy(endPoint));
            Assert.Equal(proxy is null ? [] : [proxy], _proxies);
            Assert.Equal(proxy is null ? [endPoint] : [], _direct);
        }
    }

    [Fact]
    public async Task DialAsync_OfI2PWithAController_AsksItAlone()
    {
        var i2p = new I2PController(new IPEndPoint(IPAddress.Loopback, 7656), new I2PControllerOptions
        {
            Connect = (endPoint, _) =>
            {
                _proxies.Enqueue(endPoint);
                throw new IOException("nobody listens");
            },
        });
        using var stop = new CancellationTokenSource();
        var running = i2p.RunAsync(stop.Token);
        await i2p.WaitAsync(static state => state.Failure is not null, Token);
        var dialer = new NetworkDialer(new NetworkDialerOptions { I2P = i2p, Direct = static (_, _) => throw new InvalidOperationException("dialled directly") });
        var peer = new DnsEndPoint("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", 0);

        var failure = await Assert.ThrowsAsync<ConnectFailedException>(async () => await dialer.DialAsync(peer, Token));

        Assert.Equal((ConnectPhase.Proxy, ConnectFailureCause.ProxyUnreachable), (failure.Phase, failure.Cause));
        Assert.Equal("127.0.0.1:7656", dialer.GetProxy(peer));
        Assert.Null(dialer.GetProxy(new IPEndPoint(IPAddress.Parse("15.61.23.23"), 1)));
        Assert.Equal(AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.I2P, dialer.ReachableNetworks);
        Assert.All(_proxies, proxy => Assert.Equal(i2p.Router, proxy));
        var errors = new NetworkDialerOptions { I2P = i2p, Rules = ProxyRules.None with { I2P = Other } }.GetErrors();
        Assert.Contains("both set", Assert.Single(errors), StringComparison.Ordinal);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task DialAsync_OfOnionWithoutProxy_FailsWithoutAskingAnybody_S4()
    {
        var dialer = Dialer(ProxyRules.None);
        foreach (var name in new[] { OnionName, OnionName.ToUpperInvariant() + ".", "x.b32.i2p" })
        {
            var failure = await Assert.ThrowsAsync<ConnectFailedException>(async () => await dialer.DialAsync(new DnsEndPoint(name, 1), Token));

            Assert.Equal((ConnectPhase.Proxy, ConnectFailureCause.Unknown), (failure.Phase, failure.Cause));
        }

        Assert.Empty(_direct);
        Assert.Empty(_proxies);
        Assert.Equal(AddressNetworks.IPv4 | AddressNetworks.IPv6, dialer.ReachableNetworks);
    }

    [Fact]
    public async Task DialAsync_WithAProxy_NeverAsksTheSystemResolver_S6()
    {
        // The real TCP dialler, with a resolver that records each call, under whatever rules and names.
        var asked = new ConcurrentQueue<string>();
        var direct = new TcpDialer(new TcpDialerOptions
        {
            Resolve = (name, _) =>
            {
                asked.Enqueue(name);
                return Task.FromException<IPAddress[]>(new IOException("recorded"));
            },
        });
        var leaks = 0;
        await Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.OneOf(new[] { "seed.example", "localhost", OnionName, "x.i2p", "node.", "bücher.example", "a b" }.Select(Gen.Const).ToArray()))
            .SampleAsync(
                async (v4, v6, onion, names, host) =>
                {
                    asked.Clear();
                    var rules = new ProxyRules { IPv4 = v4 ? Tor : null, IPv6 = v6 ? Tor : null, Onion = onion ? Tor : null, Names = names ? Tor : null };
                    var dialer = new NetworkDialer(new NetworkDialerOptions
                    {
                        Rules = rules,
                        Direct = direct.DialAsync,
                        Socks5 = new Socks5DialerOptions { Connect = new ScriptedProxy([5, 0, 5, 4, 0, 1]).ConnectAsync },
                    });

                    await Assert.ThrowsAsync<ConnectFailedException>(async () => await dialer.DialAsync(new DnsEndPoint(host, 1)));

                    if (v4 || v6 || names)
                        Assert.Empty(asked);
                    else if (!asked.IsEmpty)
                        leaks++;
                    Assert.DoesNotContain(asked, static name => OverlayName.IsOverlay(name));
                },
                iter: 2_000,
                threads: 1);
        Assert.NotEqual(0, leaks); // Without a proxy the resolver is asked, so it does record.
    }

    [Fact]
    public async Task ChangeRules_WhenTorIsFound_MakesOnionReachable()
    {
        var dialer = Dialer(ProxyRules.None);

        dialer.ChangeRules(rules => rules with { Onion = rules.Onion ?? Tor });

        Assert.Equal(AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.TorV3, dialer.ReachableNetworks);
        await using var stream = await dialer.DialAsync(new DnsEndPoint(OnionName, 1), Token);
        Assert.Equal([Tor], _proxies);
    }

    [Fact]
    public void ReachableNetworks_AreOnlyThoseAskedFor()
    {
        var dialer = new NetworkDialer(new NetworkDialerOptions { Rules = ProxyRules.All(Tor), OnlyNetworks = AddressNetworks.TorV3 });

        Assert.Equal(AddressNetworks.TorV3, dialer.ReachableNetworks);
    }

    [Fact]
    public void Constructor_OfBadOptions_SaysWhich()
    {
        foreach (var options in new NetworkDialerOptions[]
        {
            new() { Rules = null! },
            new() { Socks5 = null! },
            new() { Socks5 = new Socks5DialerOptions { Timeout = TimeSpan.Zero } },
            new() { OnlyNetworks = (AddressNetworks)1024 },
        })
        {
            Assert.Throws<ArgumentException>("options", () => new NetworkDialer(options));
        }
    }

    private NetworkDialer Dialer(ProxyRules rules) => new(new NetworkDialerOptions
    {
        Rules = rules,
        Direct = (endPoint, _) =>
        {
            _direct.Enqueue(endPoint);
            return new ValueTask<Stream>(new MemoryStream());
        },
        Socks5 = new Socks5DialerOptions
        {
            Connect = (proxy, _) =>
            {
                _proxies.Enqueue(proxy);
                return new ValueTask<Stream>(new ScriptedProxy(Granted));
            },
        },
    });
}
