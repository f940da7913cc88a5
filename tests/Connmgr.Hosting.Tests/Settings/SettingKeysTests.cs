using System.Reflection;
using Connmgr.Bitcoin;
using CsCheck;
using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>Each setting there is: read, written, refused, and checked by the manager too.</summary>
public class SettingKeysTests
{
    /// <summary>A text for each setting that is not its default, to be found again.</summary>
    private static readonly Dictionary<string, string> Examples = new(StringComparer.Ordinal)
    {
        ["Chain"] = "signet",
        ["ChainFile"] = "/etc/litecoin.toml",
        ["DataDirectory"] = "/var/lib/node",
        ["TargetOutbound"] = "9",
        ["MaxInbound"] = "10",
        ["PermanentPeers"] = "192.0.2.1:8333, [2001:db8::1]:8333, node.example:18333",
        ["ListenOn"] = "0.0.0.0:8333, [::]:8333",
        ["ListenOnInterfaces"] = "lo:0, eth0:8333",
        ["OnionListenOn"] = "127.0.0.1:8334",
        ["RetryDuration"] = "7s",
        ["MaxRetryDuration"] = "10m",
        ["DialTimeout"] = "500ms",
        ["ProxyDialTimeout"] = "61s",
        ["HandshakeTimeout"] = "1500ms",
        ["MaxOutboundPerNetgroup"] = "2",
        ["InboundLimits:MaxPerHost"] = "3",
        ["InboundLimits:MaxPerPrefix"] = "4",
        ["InboundLimits:IPv4PrefixLength"] = "16",
        ["InboundLimits:IPv6PrefixLength"] = "48",
        ["InboundLimits:MaxHandshakes"] = "5",
        ["InboundLimits:MaxHandshakesPerPrefix"] = "unlimited",
        ["InboundLimits:MaxConnections"] = "100",
        ["InboundLimits:AcceptsPerSecond"] = "0.5",
        ["InboundLimits:AcceptBurst"] = "6",
        ["InboundLimits:FloodThreshold"] = "7",
        ["InboundLimits:AllowList"] = "noban,download@10.0.0.0/8",
        ["InboundLimits:MaxAllowListed"] = "8",
        ["InboundLimits:EvictionEnabled"] = "false",
        ["InboundLimits:MinEvictionAge"] = "1h",
        ["Health:MinOutbound"] = "2",
        ["Health:StartupGrace"] = "90s",
        ["Health:StalledAfter"] = "1d",
        ["ExternalAddresses"] = "1.2.3.4, [2600::1]:8334",
        ["DiscoverAddresses"] = "false",
        ["UseChainSeeds"] = "false",
        ["DnsSeeds"] = "seed.example, other.example",
        ["SeedNodes"] = "192.0.2.9, [2001:db8::2], node.example",
        ["OnlyNetworks"] = "ipv4, onion",
        ["Proxies"] = "127.0.0.1:9050",
        ["Groups"] = "filters=5,services=network+filters,net=ipv4+onion,relay=off,gossip=off,version=70016",
        ["UpgradeEnabled"] = "true",
        ["Upgrade:Interval"] = "5m",
        ["Upgrade:MinGain"] = "12.5",
        ["Upgrade:TrialTime"] = "45s",
        ["QuarantineEnabled"] = "false",
        ["Quarantine:LeavesWithin"] = "1m",
        ["Quarantine:FirstRest"] = "10m",
        ["Quarantine:LongestRest"] = "12h",
        ["Quarantine:LastsFrom"] = "15m",
        ["CjdnsReachable"] = "true",
        ["TorControl"] = "127.0.0.1:9051",
        ["TorPassword"] = "secret",
        ["TorAllowPlainCookie"] = "true",
        ["PublishOnionService"] = "false",
        ["OnionTarget"] = "192.168.1.5",
        ["I2PSam"] = "127.0.0.1:7656",
        ["AcceptI2P"] = "false",
        ["I2PTunnelLength"] = "2",
        ["PortMapping"] = "NatPmp",
        ["ReceiveBudget"] = "20000000",
        ["Transport"] = "V2Only",
        ["TransportByNetwork"] = "ipv6=V1Only, onion=PreferV2",
        ["UserAgent"] = "/test:1/",
        ["Services"] = "network+witness+0x2000000",
        ["Relay"] = "false",
        ["StartHeight"] = "900000",
        ["SendHeaders"] = "true",
        ["SendCmpct"] = "LowBandwidth",
        ["FeeFilter"] = "1000",
    };

    public static TheoryData<string> Paths() => [.. SettingKeys.OfPeers.Select(key => key.Path)];

    [Fact]
    public void Keys_AreAllPropertiesOfTheSettings_OnceEach()
    {
        var properties = GetPaths(typeof(BitcoinPeersSettings), string.Empty).Order(StringComparer.Ordinal);
        Assert.Equal(properties, SettingKeys.OfPeers.Select(key => key.Path).Order(StringComparer.Ordinal));
        Assert.Equal(
            GetPaths(typeof(ConnectionManagerSettings), string.Empty).Order(StringComparer.Ordinal), SettingKeys.OfManager.Select(key => key.Path).Order(StringComparer.Ordinal));
        Assert.Equal(Examples.Keys.Order(StringComparer.Ordinal), properties);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Read_ATextOfTheSetting_ChangesThatAlone_AndIsWrittenAlike(string path)
    {
        var (settings, errors) = Read((path, Examples[path]));
        Assert.Empty(errors);
        var defaults = new BitcoinPeersSettings();
        foreach (var key in SettingKeys.OfPeers)
        {
            if (!string.Equals(key.Path, path, StringComparison.Ordinal))
                Assert.Equal(key.GetText(defaults), key.GetText(settings));
            else if (path is "Proxies") // Which are rules, not what they were made of.
                Assert.Equal(ProxyRules.All(System.Net.IPEndPoint.Parse(Examples[path])), settings.Proxies);
            else
                Assert.Equal(Examples[path], key.GetText(settings));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Read_AnyText_IsTakenOrNamed(string path)
    {
        var (taken, refused) = (0, 0);
        var texts = Gen.OneOf(
            Gen.String[Gen.Char[' ', '~'], 1, 12],
            Gen.Int.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Gen.OneOf([.. Examples.Values.Select(Gen.Const)]),
            Gen.Const(Examples[path]));
        texts.Where(text => text.Trim(' ', ',').Length > 0).Sample(
            text =>
            {
                var (settings, errors) = Read(($"{path}:0", text));
                var (scalar, faults) = Read((path, text));
                var key = SettingKeys.OfPeers.Single(key => string.Equals(key.Path, path, StringComparison.Ordinal));
                foreach (var error in errors.Concat(faults))
                    Assert.StartsWith($"S:{path}", error, StringComparison.Ordinal);
                if (faults.Count > 0)
                {
                    refused++;
                    return;
                }

                taken++;
                if (path is not "Proxies" && key.GetText(scalar) is { Length: > 0 } written)
                    Assert.Equal(written, key.GetText(Read((path, written)).Settings));
            },
            iter: 400,
            threads: 1);
        Assert.True(taken > 0, "No text was taken.");
        Assert.True(refused > 0 || path is "ChainFile" or "DataDirectory" or "DnsSeeds" or "UserAgent" or "TorPassword", "No text was refused.");
    }

    /// <summary>Checks that settings and manager reject the same numbers: the minimum is valid, and smaller ones are not.</summary>
    [Fact]
    public void Numbers_HaveTheBoundsOfTheManager()
    {
        var checkedKeys = 0;
        foreach (var key in SettingKeys.OfPeers.Where(key => int.TryParse(Examples[key.Path], out _)))
        {
            var least = new[] { -1, 0, 1, BitcoinPeerOptions.MinReceiveBudget }.First(number => Read((key.Path, $"{number}")).Errors.Count == 0);
            var (settings, _) = Read((key.Path, $"{least}"), ("Chain", "signet"), ("I2PSam", "127.0.0.1"));
            if (key.Path is not "InboundLimits:MaxConnections") // Which depends on the target.
                Assert.Empty(SettingsRules.GetErrors(settings, ChainParameters.Signet));
            Set(settings, key.Path, least - 1);
            Assert.NotEmpty(SettingsRules.GetErrors(settings, ChainParameters.Signet));
            checkedKeys++;
        }

        Assert.Equal(17, checkedKeys);
    }

    private static (BitcoinPeersSettings Settings, List<string> Errors) Read(params (string Path, string Text)[] texts)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(texts.Select(each => KeyValuePair.Create($"S:{each.Path}", (string?)each.Text))).Build();
        var (settings, errors) = (new BitcoinPeersSettings(), new List<string>());
        SettingsReader.Read(configuration.GetSection("S"), SettingKeys.OfPeers, settings, errors);
        return (settings, errors);
    }

    private static IEnumerable<string> GetPaths(Type type, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var path = prefix + property.Name;
            if (property.PropertyType != typeof(InboundLimits) && property.PropertyType != typeof(HealthSettings)
                && property.PropertyType != typeof(PeerUpgrade) && property.PropertyType != typeof(PeerQuarantine))
                yield return path;
            else
            {
                foreach (var inner in GetPaths(property.PropertyType, path + ":"))
                    yield return inner;
            }
        }
    }

    private static void Set(object settings, string path, int value)
    {
        var parts = path.Split(':');
        foreach (var part in parts[..^1])
            settings = settings.GetType().GetProperty(part)!.GetValue(settings)!;
        var property = settings.GetType().GetProperty(parts[^1])!;
        property.SetValue(settings, property.PropertyType == typeof(long?) ? (object)(long)value : value);
    }
}
