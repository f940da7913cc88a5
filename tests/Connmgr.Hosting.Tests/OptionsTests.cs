using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Hosting.Tests;

/// <summary>The options of every library have one way to report what is wrong with them, all of it at once.</summary>
public class OptionsTests
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);

    public static TheoryData<Case> Cases =>
    [
        new Case<AddressBookOptions>(
            new() { Netgrouper = null!, TimeProvider = null!, Key = new byte[32], MaxNewPerSourceGroup = 0, QuotaPeriod = TimeSpan.Zero },
            static options => new AddressBook(options),
            "Netgrouper", "TimeProvider", "Key", "MaxNewPerSourceGroup", "QuotaPeriod"),
        new Case<AddressBookSourceOptions>(
            new() { Networks = (AddressNetworks)64 }, static options => new AddressBookSource(new AddressBook(), options), "Networks"),
        new Case<BanListOptions>(
            new() { TimeProvider = null!, DefaultDuration = TimeSpan.Zero, MaxCount = 0, MaxByMisbehavior = -1 },
            static options => new BanList(options),
            "TimeProvider", "DefaultDuration", "MaxCount", "MaxByMisbehavior"),
        new Case<HostScoresOptions>(
            new() { TimeProvider = null!, Capacity = 0, Retention = TimeSpan.Zero, Thresholds = new(2, 1, 3), NetgroupThresholds = new(1, 3, 2) },
            static options => new HostScores(options),
            "TimeProvider", "Capacity", "Retention", "Thresholds", "NetgroupThresholds"),
        new Case<PeerReputationOptions>(
            new() { BanDuration = TimeSpan.Zero, Scores = new() { Capacity = 0, Retention = TimeSpan.Zero } },
            static options => new PeerReputation(options),
            "BanDuration", "Scores.Capacity", "Scores.Retention"),
        new Case<TcpDialerOptions>(
            new() { NextAddressDelay = TimeSpan.Zero, TimeProvider = null!, LocalIPv4Address = IPAddress.IPv6Loopback, LocalIPv6Address = IPAddress.Loopback },
            static options => new TcpDialer(options),
            "NextAddressDelay", "TimeProvider", "LocalIPv4Address", "LocalIPv6Address"),
        new Case<NetworkDialerOptions>(
            new() { Rules = null!, OnlyNetworks = (AddressNetworks)64, Socks5 = new() { Timeout = TimeSpan.Zero, ProxyTimeout = TimeSpan.Zero } },
            static options => new NetworkDialer(options),
            "Rules", "OnlyNetworks", "Socks5.Timeout", "Socks5.ProxyTimeout"),
        new Case<Socks5DialerOptions>(
            new() { TimeProvider = null!, RequireIsolation = true, Isolation = null, Timeout = TimeSpan.Zero, ProxyTimeout = TimeSpan.FromDays(25) },
            static options => new Socks5Dialer(Proxy, options),
            "TimeProvider", "RequireIsolation", "Timeout", "ProxyTimeout"),
        new Case<TorResolverOptions>(
            new() { TimeProvider = null!, Isolation = new(), Credentials = new("u", "p"), LookupsPerName = 9, Timeout = TimeSpan.Zero },
            static options => new TorResolver(Proxy, options),
            "TimeProvider", "Credentials", "LookupsPerName", "Timeout"),
        new Case<TorControllerOptions>(
            new()
            {
                TimeProvider = null!, Password = "\n", RetryDuration = TimeSpan.Zero, MaxRetryDuration = TimeSpan.FromDays(25), SetupTimeout = TimeSpan.Zero,
                OnionService = new() { VirtualPort = 0, KeyFile = string.Empty },
            },
            static options => new TorController(Proxy, options),
            "TimeProvider", "Password", "RetryDuration", "MaxRetryDuration", "SetupTimeout", "OnionService.Target", "OnionService.VirtualPort", "OnionService.KeyFile"),
        new Case<I2PControllerOptions>(
            new()
            {
                TimeProvider = null!, KeyFile = string.Empty, SpareSessions = 11, TunnelLength = 8, RetryDuration = TimeSpan.Zero, MaxRetryDuration = TimeSpan.FromDays(25),
                SetupTimeout = TimeSpan.Zero, SessionTimeout = TimeSpan.Zero, DialTimeout = TimeSpan.Zero,
            },
            static options => new I2PController(Proxy, options),
            "TimeProvider", "KeyFile", "KeyFile", "SpareSessions", "TunnelLength", "RetryDuration", "MaxRetryDuration", "SetupTimeout", "SessionTimeout", "DialTimeout"),
        new Case<DnsSeederOptions>(
            new() { InstanceName = string.Empty, TimeProvider = null!, MaxAttempts = 0, RetryDuration = TimeSpan.FromTicks(-1), MaxAddressesPerSeed = 0, LookupTimeout = TimeSpan.Zero },
            static options => new DnsSeeder(ChainParameters.Mainnet, options),
            "InstanceName", "TimeProvider", "MaxAttempts", "RetryDuration", "MaxAddressesPerSeed", "LookupTimeout"),
        new Case<AddressSeederOptions>(
            new()
            {
                SeedNodes = null!, ResolveNamesThroughProxy = true, TimeProvider = null!, FetchTimeout = TimeSpan.Zero,
                Timetable = new() { EnoughOutbound = 0, DnsInterval = TimeSpan.Zero }, Dns = new() { MaxAttempts = 0, LookupTimeout = TimeSpan.Zero },
            },
            static options => new AddressSeeder(options),
            "Chain", "CountAddresses", "AddAddresses", "CountOutbound", "SeedNodes", "ResolveNamesThroughProxy", "TimeProvider", "FetchTimeout",
            "Timetable.EnoughOutbound", "Timetable.DnsInterval", "Dns.MaxAttempts", "Dns.LookupTimeout"),
        new Case<InboundLimits>(
            new() { MaxPerHost = 0, IPv4PrefixLength = 33, AcceptsPerSecond = 0, AllowList = null!, MaxAllowListed = -1, MinEvictionAge = TimeSpan.FromTicks(-1) },
            static options => new ConnectionManager(new() { Dial = new TcpDialer().DialAsync }).SetInboundLimitsAsync(options),
            "MaxPerHost", "IPv4PrefixLength", "AcceptsPerSecond", "MaxAllowListed", "AllowList", "MinEvictionAge"),
        new Case<ConnectionManagerOptions>(
            new()
            {
                Netgrouper = null!, Listeners = null!, TargetOutbound = -1, DialBurst = 0, InboundLimits = new() { MaxPerHost = 0, AcceptBurst = 0 },
                InstanceName = string.Empty, TimeProvider = null!, DialTimeout = TimeSpan.Zero, MaxRetryDuration = TimeSpan.FromTicks(1),
            },
            static options => new ConnectionManager(options),
            "Dial", "Netgrouper", "Listeners", "TargetOutbound", "DialBurst", "InboundLimits.MaxPerHost", "InboundLimits.AcceptBurst", "InstanceName", "TimeProvider",
            "DialTimeout", "MaxRetryDuration"),
        new Case<AddressGossipOptions>(
            new()
            {
                TimeProvider = null!, ExternalAddresses = null!, ReachableNetworks = (AddressNetworks)64,
                FetchTimeout = TimeSpan.Zero,
            },
            static options => new AddressGossip(options),
            "Book", "TimeProvider", "ExternalAddresses", "ReachableNetworks", "FetchTimeout"),
        new Case<BitcoinPeerOptions>(
            new() { UserAgent = null!, MaxSendBacklog = 0, PingInterval = TimeSpan.Zero, StartHeight = null!, TimeProvider = null! },
            static options => new BitcoinProtocol(options),
            "Chain", "UserAgent", "MaxSendBacklog", "PingInterval", "StartHeight", "TimeProvider"),
        new Case<PeerNetworkOptions>(
            new()
            {
                SeedNodes = null!, DataDirectory = string.Empty, TargetOutbound = -1, Protocol = new() { UserAgent = null!, MaxSendBacklog = 0 },
                Proxies = new() { Rules = null!, Socks5 = new() { Timeout = TimeSpan.Zero } }, Policies = new() { FeelerInterval = TimeSpan.Zero },
            },
            static options => new PeerNetwork(options),
            "Chain", "SeedNodes", "DataDirectory", "TargetOutbound", "Protocol.UserAgent", "Protocol.MaxSendBacklog", "Proxies.Rules", "Proxies.Socks5.Timeout",
            "Policies.FeelerInterval"),
        new Case<PrivateBroadcastOptions>(
            new() { Recipients = 9, Within = TimeSpan.Zero },
            static o => new PeerNetwork(new() { Chain = ChainParameters.Regtest }).BroadcastPrivatelyAsync(new byte[1], o),
            "Recipients", "Within"),
        new Case<FrontierOptions>(
            new()
            {
                MaxAddresses = 0, MaxAddressesPerHost = -1, MaxAddressesPerNetgroup = -1, LeasePeriod = TimeSpan.Zero, RevisitPeriod = TimeSpan.FromDays(25), MaxFailures = 256,
                VisitsPerSecond = -1, VisitsPerSecondPerNetgroup = double.NaN, VisitsPerDay = -1, Netgrouper = null!, TimeProvider = null!,
            },
            static options => new MemoryFrontier(options),
            "MaxAddresses", "MaxAddressesPerHost", "MaxAddressesPerNetgroup", "LeasePeriod", "RevisitPeriod", "MaxFailures", "VisitsPerSecond", "VisitsPerSecondPerNetgroup",
            "VisitsPerDay", "Netgrouper", "TimeProvider"),
        new Case<NetworkCrawlerOptions>(
            new() { Concurrency = 0, Networks = AddressNetworks.None, AskInterval = -TimeSpan.FromSeconds(1), MaxRounds = 0, StartAddresses = null!, TimeProvider = null! },
            static options => new NetworkCrawler(options),
            "Chain", "Concurrency", "Networks", "AskInterval", "MaxRounds", "StartAddresses", "TimeProvider"),
        new Case<MemoryNetworkOptions>(
            new() { TimeProvider = null!, DefaultBehavior = null!, StreamCapacity = 0, LocalAddress = null!, LocalAddressV6 = null! },
            static options => new MemoryNetwork(options),
            "TimeProvider", "DefaultBehavior", "StreamCapacity", "LocalAddress", "LocalAddressV6"),
        new Case<SandboxNetworkOptions>(
            new()
            {
                Peers = 0, MaxVisitors = -1, TimeProvider = null!, IPv6Share = 2, SlowShare = 0.6, SilentShare = 0.6, Latency = TimeSpan.FromDays(2), BlockInterval = TimeSpan.Zero,
                VisitInterval = default,
            },
            static options => new SandboxNetwork(options),
            "Peers", "MaxVisitors", "TimeProvider", "IPv6Share", "SlowShare", "Latency.Max", "BlockInterval", "VisitInterval.Min"),
    ];

    /// <summary>These have no constructor of their own: what holds them throws.</summary>
    private static readonly Type[] Nested = [typeof(OnionServiceOptions), typeof(PeerNetworkProxies), typeof(HealthSettings)];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void GetErrors_SeveralWrongOptions_GivesAllAtOnceAndSoDoesTheConstructor(Case item)
    {
        var errors = item.GetErrors();

        Assert.Equal(item.Names, errors.Select(static error => error.Split(' ')[0]), StringComparer.Ordinal);
        var thrown = Assert.Throws<ArgumentException>(item.Use);
        Assert.StartsWith($"The {item} are not valid. {string.Join(' ', errors)}", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetErrors_HealthSettings_GivesAllAtOnce() => Assert.Equal(
        ["MinOutbound", "StartupGrace", "StalledAfter"],
        new HealthSettings { MinOutbound = 0, StartupGrace = -TimeSpan.FromTicks(1), StalledAfter = TimeSpan.Zero }.GetErrors().Select(static error => error.Split(' ')[0]),
        StringComparer.Ordinal);

    [Fact]
    public void GetErrors_OfEveryPublicOptionsType_IsPublicAndTested()
    {
        Type[] libraries = [typeof(ConnectionManager), typeof(PeerNetwork), typeof(ConnectionsHealthCheck), typeof(MemoryNetwork)];
        var types = libraries
            .SelectMany(static type => type.Assembly.GetExportedTypes())
            .Where(static type => type.Name.EndsWith("Options", StringComparison.Ordinal) || type.GetMethod("GetErrors") is not null)
            .ToList();

        Assert.All(types, static type => Assert.Equal(typeof(IReadOnlyList<string>), type.GetMethod("GetErrors", [])?.ReturnType));
        Assert.Equal(types.Select(static type => type.Name).Order(StringComparer.Ordinal),
            Cases.Select(static row => row.Data.ToString()!).Concat(Nested.Select(static type => type.Name)).Order(StringComparer.Ordinal));
    }

    /// <summary>Options with several errors, each under another name.</summary>
    public abstract class Case(string type, string[] names)
    {
        public string[] Names { get; } = names;

        public abstract IReadOnlyList<string> GetErrors();

        public abstract object Use();

        public override string ToString() => type;
    }

    private sealed class Case<T>(T options, Func<T, object> use, params string[] names) : Case(typeof(T).Name, names)
    {
        public override IReadOnlyList<string> GetErrors() => (IReadOnlyList<string>)typeof(T).GetMethod("GetErrors", [])!.Invoke(options, null)!;

        public override object Use() => use(options);
    }
}
