using System.Net;
using System.Net.Sockets;
using CsCheck;

namespace Connmgr.Tests.Proxies;

public class ProxyRulesTests
{
    private const string OnionName = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";
    private const string I2PName = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p";
    private const string First = "127.0.0.1:1";
    private const string Second = "127.0.0.1:2";

    [Theory]
    [InlineData("", "15.61.23.23", null)]
    [InlineData("", OnionName, null)]
    [InlineData("", "node.noumenon", null)]
    [InlineData(First, "15.61.23.23", First)]
    [InlineData(First, "2a01:4f8::5", First)]
    [InlineData(First, OnionName, First)]
    [InlineData(First, "node.noumenon", First)]
    [InlineData(First, I2PName, null)]
    [InlineData(First, "127.0.0.1", null)]
    [InlineData(First, "::1", null)]
    [InlineData(First, "10.1.2.3", null)]
    [InlineData(First, "192.168.1.1", null)]
    [InlineData(First, "fe80::1", null)]
    [InlineData(First, "fc00:1:2:3:4:5:6:7", null)]
    [InlineData(First, "localhost", First)]
    [InlineData(First + " " + Second + "=onion", OnionName, Second)]
    [InlineData(First + " " + Second + "=onion", "15.61.23.23", First)]
    [InlineData(First + " " + Second + "=tor", OnionName, Second)]
    [InlineData(Second + "=onion", "15.61.23.23", null)]
    [InlineData(Second + "=onion", "node.noumenon", null)]
    [InlineData(Second + "=onion", OnionName, Second)]
    [InlineData(First + "=ipv4", "15.61.23.23", First)]
    [InlineData(First + "=ipv4", "2a01:4f8::5", null)]
    [InlineData(First + "=ipv4", "node.noumenon", First)]
    [InlineData(First + "=IPV4 " + Second + "=ipv6", "node.noumenon", Second)]
    [InlineData(First + " 0=ipv6", "2a01:4f8::5", null)]
    [InlineData(First + " 0=ipv6", "node.noumenon", First)]
    [InlineData(First + " 0", "15.61.23.23", null)]
    [InlineData(First + " =onion", OnionName, null)]
    [InlineData(First + " " + Second + "=i2p", I2PName, Second)]
    [InlineData(First + "=always", "15.61.23.23", First)]
    [InlineData(First + "=always", "127.0.0.1", First)]
    [InlineData(First + "=always", "10.1.2.3", First)]
    [InlineData(First + "=always", "fe80::1", First)]
    [InlineData(First + "=always", "fc00:1:2:3:4:5:6:7", First)]
    [InlineData(First + "=always", "localhost", First)]
    [InlineData(First + "=always", OnionName, First)]
    [InlineData(First + "=always", I2PName, null)]
    [InlineData(First + "=always " + Second + "=onion", OnionName, Second)]
    [InlineData(First + "=always " + Second + "=ipv4", "10.1.2.3", First)]
    [InlineData(First + "=always 0=always", "10.1.2.3", null)]
    [InlineData(First + "=always 0=always", "15.61.23.23", null)]
    public void ProxyOf_BySettings_IsAsInCore_T57_T58(string settings, string target, string? expected)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var rules = Of(settings);
        foreach (var endPoint in GetForms(target))
        {
            var proxy = rules.GetProxy(endPoint);
            Assert.Equal(expected, proxy is null ? null : ProxyEndPoint.Format(proxy));
        }
    }

    [Fact]
    public void Always_IsTheSettingOfTheSameName() => Assert.Equal(Of(First + "=always"), ProxyRules.Always(IPEndPoint.Parse(First)));

    [Fact]
    public void ProxyOf_OfCjdns_NeedsItToBeReachable_T57_T58()
    {
        var cjdns = new IPEndPoint(IPAddress.Parse("fc00:1:2:3:4:5:6:7"), 8888);
        var rules = Of(First) with { IsCjdnsReachable = true };

        Assert.Equal(rules.IPv4, rules.GetProxy(cjdns));
        Assert.True(rules.TryAdd("0=cjdns", out var cleared, out _));
        Assert.Null(cleared.GetProxy(cjdns));
        Assert.Equal(rules.IPv4, cleared.GetProxy(new IPEndPoint(IPAddress.Parse("15.61.23.23"), 1)));
        Assert.Null(Of(First).GetProxy(cjdns));
    }

    [Theory]
    [InlineData("127.0.0.1:9050=", "nothing follows")]
    [InlineData("127.0.0.1:9050=foo", "'foo' is no network")]
    [InlineData("127.0.0.1:0", "port")]
    [InlineData("127.0.0.1:65536", "port")]
    [InlineData("127.0.0.1:http", "port")]
    [InlineData("bad host:1", "no address")]
    [InlineData("1.2.3:1", "no address")]
    [InlineData("010.0.0.1:1", "no address")]
    [InlineData("[::1", "no address")]
    [InlineData("unix:", "empty")]
    public void TryAdd_OfBadSetting_SaysWhatIsWrong_T58(string setting, string expected)
    {
        Assert.False(ProxyRules.None.TryAdd(setting, out var rules, out var error));
        Assert.Null(rules);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_OfUnixPath_KnowsItsLength_T58()
    {
        Assert.True(ProxyEndPoint.TryParse("unix:/run/tor/socks", 1, out var endPoint, out _));
        Assert.Equal("unix:/run/tor/socks", ProxyEndPoint.Format(Assert.IsType<UnixDomainSocketEndPoint>(endPoint)));
        Assert.False(ProxyEndPoint.TryParse("unix:/" + new string('a', 200), 1, out _, out var error));
        Assert.Contains("too long", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:9050")]
    [InlineData("[::1]:9150", "[::1]:9150")]
    [InlineData("::1", "[::1]:9050")]
    [InlineData("localhost", "localhost:9050")]
    [InlineData("tor.lan:9150", "tor.lan:9150")]
    public void TryParse_OfAddress_FillsInThePort(string text, string expected)
    {
        Assert.True(ProxyEndPoint.TryParse(text, ProxyEndPoint.DefaultPort, out var endPoint, out _));
        Assert.Equal(expected, ProxyEndPoint.Format(endPoint));
    }

    [Theory]
    [InlineData("", AddressNetworks.IPv4 | AddressNetworks.IPv6)]
    [InlineData(First, AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.TorV3)]
    [InlineData(First + " 0=onion", AddressNetworks.IPv4 | AddressNetworks.IPv6)]
    [InlineData(First + "=onion", AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.TorV3)]
    [InlineData(First + "=i2p", AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.I2P)]
    public void ReachableNetworks_AreThoseWithAWay_S4(string settings, AddressNetworks expected) => Assert.Equal(expected, Of(settings).ReachableNetworks);

    [Fact]
    public void TryAdd_OfAnyText_NeverThrows_AndWhatItTakesReadsBack()
    {
        var taken = 0;
        Gen.Select(Gen.OneOf(new[] { "127.0.0.1", "[::1]", "localhost", "unix:/a", "0", "", "x y", "1.2.3" }.Select(Gen.Const).ToArray()), Gen.String[0, 8], Gen.OneOf(new[] { "", "=", "=onion", "=ipv4", "=x" }.Select(Gen.Const).ToArray()))
            .Sample(
                (host, middle, suffix) =>
                {
                    if (!ProxyRules.None.TryAdd(host + middle + suffix, out var rules, out var error))
                    {
                        Assert.NotEmpty(error);
                        return;
                    }

                    foreach (var proxy in new[] { rules.IPv4, rules.Onion })
                    {
                        if (proxy is null)
                            continue;
                        Interlocked.Increment(ref taken);
                        Assert.True(ProxyEndPoint.TryParse(ProxyEndPoint.Format(proxy), 1, out var again, out _));
                        Assert.Equal(proxy, again);
                    }
                },
                iter: 20_000);
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public void ProxyOf_WithAnyProxyForIPv4OrIPv6_LeavesNoNameDirect() =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool).Sample((v4, v6, onion, names) =>
        {
            var proxy = new IPEndPoint(IPAddress.Loopback, 1);
            var rules = new ProxyRules
            {
                IPv4 = v4 ? proxy : null,
                IPv6 = v6 ? proxy : null,
                Onion = onion ? proxy : null,
                Names = names ? proxy : null,
            };

            Assert.Equal(v4 || v6 || names, rules.GetProxy(new DnsEndPoint("seed.example", 1)) is not null);
            Assert.Equal(rules.NameProxy is not null, rules.GetProxy(new DnsEndPoint("seed.example", 1)) is not null);
            Assert.Equal(onion, rules.CanDial(new DnsEndPoint("X.ONION.", 1)));
        });

    private static ProxyRules Of(string settings)
    {
        var rules = ProxyRules.None;
        foreach (var setting in settings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(rules.TryAdd(setting, out var next, out var error), error);
            rules = next;
        }

        return rules;
    }

    private static IEnumerable<EndPoint> GetForms(string target)
    {
        yield return new DnsEndPoint(target, 8333);
        if (!IPAddress.TryParse(target, out var address))
            yield break;
        yield return new IPEndPoint(address, 8333);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            yield return new IPEndPoint(address.MapToIPv6(), 8333);
    }
}
