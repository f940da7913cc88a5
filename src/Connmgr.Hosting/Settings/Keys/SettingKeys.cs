using System.Collections.Immutable;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>All settings. Nothing else can be configured; tests, the JSON schema and the documentation use these lists.</summary>
internal static class SettingKeys
{
    /// <summary>The settings of a connection manager.</summary>
    public static ImmutableArray<SettingKey<ConnectionManagerSettings>> OfManager { get; } = [.. GetConnectionKeys<ConnectionManagerSettings>()];

    /// <summary>The settings of the peers of a chain.</summary>
    public static ImmutableArray<SettingKey<BitcoinPeersSettings>> OfPeers { get; } =
    [
        Value<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.Chain), SettingKinds.Chain, s => s.Chain, (s, value) => s.Chain = value),
        Value<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.ChainFile), SettingKinds.Text, s => s.ChainFile, (s, value) => s.ChainFile = value),
        Value<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.DataDirectory), SettingKinds.Text, s => s.DataDirectory, (s, value) => s.DataDirectory = value),
        .. GetConnectionKeys<BitcoinPeersSettings>(),
        Live(List<BitcoinPeersSettings, PeerGroup>(nameof(BitcoinPeersSettings.Groups), SettingKinds.Group, s => s.Groups, (s, values) => s.Groups = [.. s.Groups, .. values])),
        .. GetQualityKeys(),
        List<BitcoinPeersSettings, NetworkEndPoint>(
            nameof(BitcoinPeersSettings.ExternalAddresses), SettingKinds.External, s => s.ExternalAddresses, (s, values) => s.ExternalAddresses = [.. s.ExternalAddresses, .. values]),
        Optional<BitcoinPeersSettings, bool>(
            nameof(BitcoinPeersSettings.DiscoverAddresses), SettingKinds.Flag, s => s.DiscoverAddresses, (s, value) => s.DiscoverAddresses = value),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.UseChainSeeds), SettingKinds.Flag, s => s.UseChainSeeds, (s, value) => s.UseChainSeeds = value),
        List<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.DnsSeeds), SettingKinds.Text, s => s.DnsSeeds, (s, values) => s.DnsSeeds = [.. s.DnsSeeds, .. values]),
        List<BitcoinPeersSettings, EndPoint>(
            nameof(BitcoinPeersSettings.SeedNodes), SettingKinds.Peer, s => s.SeedNodes, (s, values) => s.SeedNodes = [.. s.SeedNodes, .. values]),
        List<BitcoinPeersSettings, AddressNetworks>(
            nameof(BitcoinPeersSettings.OnlyNetworks),
            SettingKinds.Network,
            s => SettingKinds.ToList(s.OnlyNetworks),
            (s, values) => s.OnlyNetworks = values.Count == 0 ? s.OnlyNetworks : values.Aggregate((all, each) => all | each)),
        new ProxiesKey(nameof(BitcoinPeersSettings.Proxies)),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.CjdnsReachable), SettingKinds.Flag, s => s.CjdnsReachable, (s, value) => s.CjdnsReachable = value),
        Value<BitcoinPeersSettings, EndPoint>(nameof(BitcoinPeersSettings.TorControl), SettingKinds.Control, s => s.TorControl, (s, value) => s.TorControl = value),
        Value<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.TorPassword), SettingKinds.Secret, s => s.TorPassword, (s, value) => s.TorPassword = value),
        Value<BitcoinPeersSettings, bool>(
            nameof(BitcoinPeersSettings.TorAllowPlainCookie), SettingKinds.Flag, s => s.TorAllowPlainCookie, (s, value) => s.TorAllowPlainCookie = value),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.PublishOnionService), SettingKinds.Flag, s => s.PublishOnionService, (s, value) => s.PublishOnionService = value),
        Value<BitcoinPeersSettings, IPEndPoint>(nameof(BitcoinPeersSettings.OnionTarget), SettingKinds.Target, s => s.OnionTarget, (s, value) => s.OnionTarget = value),
        Value<BitcoinPeersSettings, EndPoint>(nameof(BitcoinPeersSettings.I2PSam), SettingKinds.Sam, s => s.I2PSam, (s, value) => s.I2PSam = value),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.AcceptI2P), SettingKinds.Flag, s => s.AcceptI2P, (s, value) => s.AcceptI2P = value),
        Optional<BitcoinPeersSettings, int>(
            nameof(BitcoinPeersSettings.I2PTunnelLength), SettingKinds.Count(0, I2PControllerOptions.MaxTunnelLength), s => s.I2PTunnelLength, (s, value) => s.I2PTunnelLength = value),
        Value<BitcoinPeersSettings, PortMappingMethod>(
            nameof(BitcoinPeersSettings.PortMapping), SettingKinds.PortMapping, s => s.PortMapping, (s, value) => s.PortMapping = value),
        Optional<BitcoinPeersSettings, int>(
            nameof(BitcoinPeersSettings.ReceiveBudget), SettingKinds.Count(BitcoinPeerOptions.MinReceiveBudget), s => s.ReceiveBudget, (s, value) => s.ReceiveBudget = value),
        Value<BitcoinPeersSettings, TransportPolicy>(
            nameof(BitcoinPeersSettings.Transport), SettingKinds.Transport, s => s.Transport, (s, value) => s.Transport = value),
        List<BitcoinPeersSettings, (AddressNetworks Network, TransportPolicy Policy)>(
            nameof(BitcoinPeersSettings.TransportByNetwork),
            SettingKinds.NetworkTransport,
            s => s.TransportByNetwork.OrderBy(static each => each.Key).Select(static each => (each.Key.ToSet(), each.Value)),
            (s, values) => s.TransportByNetwork = SettingKinds.ToDictionary(s.TransportByNetwork, values)),
        .. GetIdentityKeys(),
    ];

    private static IEnumerable<SettingKey<T>> GetConnectionKeys<T>()
        where T : ConnectionSettings =>
    [
        Live(Value<T, int>(nameof(ConnectionSettings.TargetOutbound), SettingKinds.Count(0), s => s.TargetOutbound, (s, value) => s.TargetOutbound = value)),
        Live(Value<T, int>(
            nameof(ConnectionSettings.MaxInbound), SettingKinds.Limit(0), s => s.MaxInbound ?? int.MaxValue, (s, value) => s.MaxInbound = value == int.MaxValue ? null : value)),
        Live(List<T, EndPoint>(
            nameof(ConnectionSettings.PermanentPeers), SettingKinds.Peer, s => s.PermanentPeers, (s, values) => s.PermanentPeers = [.. s.PermanentPeers, .. values])),
        List<T, IPEndPoint>(nameof(ConnectionSettings.ListenOn), SettingKinds.Local, s => s.ListenOn, (s, values) => s.ListenOn = [.. s.ListenOn, .. values]),
        List<T, DnsEndPoint>(
            nameof(ConnectionSettings.ListenOnInterfaces), SettingKinds.Interface, s => s.ListenOnInterfaces, (s, values) => s.ListenOnInterfaces = [.. s.ListenOnInterfaces, .. values]),
        List<T, IPEndPoint>(
            nameof(ConnectionSettings.OnionListenOn), SettingKinds.Local, s => s.OnionListenOn, (s, values) => s.OnionListenOn = [.. s.OnionListenOn, .. values]),
        Value<T, TimeSpan>(nameof(ConnectionSettings.RetryDuration), SettingKinds.Duration, s => s.RetryDuration, (s, value) => s.RetryDuration = value),
        Optional<T, TimeSpan>(nameof(ConnectionSettings.MaxRetryDuration), SettingKinds.Duration, s => s.MaxRetryDuration, (s, value) => s.MaxRetryDuration = value),
        Value<T, TimeSpan>(nameof(ConnectionSettings.DialTimeout), SettingKinds.Duration, s => s.DialTimeout, (s, value) => s.DialTimeout = value),
        Value<T, TimeSpan>(nameof(ConnectionSettings.ProxyDialTimeout), SettingKinds.Duration, s => s.ProxyDialTimeout, (s, value) => s.ProxyDialTimeout = value),
        Value<T, TimeSpan>(nameof(ConnectionSettings.HandshakeTimeout), SettingKinds.Duration, s => s.HandshakeTimeout, (s, value) => s.HandshakeTimeout = value),
        Value<T, int>(
            nameof(ConnectionSettings.MaxOutboundPerNetgroup), SettingKinds.Count(1), s => s.MaxOutboundPerNetgroup, (s, value) => s.MaxOutboundPerNetgroup = value),
        .. GetLimitKeys<T>(),
        .. GetHealthKeys<T>(),
    ];

    private static IEnumerable<SettingKey<BitcoinPeersSettings>> GetQualityKeys()
    {
        yield return Value<BitcoinPeersSettings, bool>(
            nameof(BitcoinPeersSettings.UpgradeEnabled), SettingKinds.Flag, s => s.UpgradeEnabled, (s, value) => s.UpgradeEnabled = value);
        yield return Upgrade(nameof(PeerUpgrade.Interval), SettingKinds.Duration, u => u.Interval, (u, value) => u with { Interval = value });
        yield return Upgrade(nameof(PeerUpgrade.MinGain), SettingKinds.Positive, u => u.MinGain, (u, value) => u with { MinGain = value });
        yield return Upgrade(nameof(PeerUpgrade.TrialTime), SettingKinds.Duration, u => u.TrialTime, (u, value) => u with { TrialTime = value });
        yield return Value<BitcoinPeersSettings, bool>(
            nameof(BitcoinPeersSettings.QuarantineEnabled), SettingKinds.Flag, s => s.QuarantineEnabled, (s, value) => s.QuarantineEnabled = value);
        yield return Quarantine(nameof(PeerQuarantine.LeavesWithin), q => q.LeavesWithin, (q, value) => q with { LeavesWithin = value });
        yield return Quarantine(nameof(PeerQuarantine.FirstRest), q => q.FirstRest, (q, value) => q with { FirstRest = value });
        yield return Quarantine(nameof(PeerQuarantine.LongestRest), q => q.LongestRest, (q, value) => q with { LongestRest = value });
        yield return Quarantine(nameof(PeerQuarantine.LastsFrom), q => q.LastsFrom, (q, value) => q with { LastsFrom = value });

        static SettingKey<BitcoinPeersSettings> Upgrade<TValue>(
            string name, SettingKind<TValue> kind, Func<PeerUpgrade, TValue> get, Func<PeerUpgrade, TValue, PeerUpgrade> set) => Value<BitcoinPeersSettings, TValue>(
            $"{nameof(BitcoinPeersSettings.Upgrade)}:{name}", kind, s => get(s.Upgrade), (s, value) => s.Upgrade = set(s.Upgrade, value));

        static SettingKey<BitcoinPeersSettings> Quarantine(string name, Func<PeerQuarantine, TimeSpan> get, Func<PeerQuarantine, TimeSpan, PeerQuarantine> set) =>
            Value<BitcoinPeersSettings, TimeSpan>(
                $"{nameof(BitcoinPeersSettings.Quarantine)}:{name}", SettingKinds.Duration, s => get(s.Quarantine), (s, value) => s.Quarantine = set(s.Quarantine, value));
    }

    private static IEnumerable<SettingKey<BitcoinPeersSettings>> GetIdentityKeys() =>
    [
        Value<BitcoinPeersSettings, string>(nameof(BitcoinPeersSettings.UserAgent), SettingKinds.Text, s => s.UserAgent, (s, value) => s.UserAgent = value),
        Value<BitcoinPeersSettings, NodeServices>(nameof(BitcoinPeersSettings.Services), SettingKinds.Services, s => s.Services, (s, value) => s.Services = value),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.Relay), SettingKinds.Flag, s => s.Relay, (s, value) => s.Relay = value),
        Value<BitcoinPeersSettings, int>(nameof(BitcoinPeersSettings.StartHeight), SettingKinds.Count(0), s => s.StartHeight, (s, value) => s.StartHeight = value),
        Value<BitcoinPeersSettings, bool>(nameof(BitcoinPeersSettings.SendHeaders), SettingKinds.Flag, s => s.SendHeaders, (s, value) => s.SendHeaders = value),
        Value<BitcoinPeersSettings, CompactBlockMode>(nameof(BitcoinPeersSettings.SendCmpct), SettingKinds.CompactBlocks, s => s.SendCmpct, (s, value) => s.SendCmpct = value),
        Optional<BitcoinPeersSettings, long>(nameof(BitcoinPeersSettings.FeeFilter), SettingKinds.Amount, s => s.FeeFilter, (s, value) => s.FeeFilter = value),
    ];

    private static IEnumerable<SettingKey<T>> GetLimitKeys<T>()
        where T : ConnectionSettings
    {
        yield return OptionalLimit(nameof(InboundLimits.MaxPerHost), l => l.MaxPerHost, (l, value) => l.MaxPerHost = value);
        yield return OptionalLimit(nameof(InboundLimits.MaxPerPrefix), l => l.MaxPerPrefix, (l, value) => l.MaxPerPrefix = value);
        yield return Limit(nameof(InboundLimits.IPv4PrefixLength), SettingKinds.Count(1, 32), l => l.IPv4PrefixLength, (l, value) => l.IPv4PrefixLength = value);
        yield return Limit(nameof(InboundLimits.IPv6PrefixLength), SettingKinds.Count(1, 128), l => l.IPv6PrefixLength, (l, value) => l.IPv6PrefixLength = value);
        yield return OptionalLimit(nameof(InboundLimits.MaxHandshakes), l => l.MaxHandshakes, (l, value) => l.MaxHandshakes = value);
        yield return Limit(nameof(InboundLimits.MaxHandshakesPerPrefix), SettingKinds.Limit(1), l => l.MaxHandshakesPerPrefix, (l, value) => l.MaxHandshakesPerPrefix = value);
        yield return OptionalLimit(nameof(InboundLimits.MaxConnections), l => l.MaxConnections, (l, value) => l.MaxConnections = value);
        yield return Limit(nameof(InboundLimits.AcceptsPerSecond), SettingKinds.Rate, l => l.AcceptsPerSecond, (l, value) => l.AcceptsPerSecond = value);
        yield return Limit(nameof(InboundLimits.AcceptBurst), SettingKinds.Count(1), l => l.AcceptBurst, (l, value) => l.AcceptBurst = value);
        yield return Limit(nameof(InboundLimits.FloodThreshold), SettingKinds.Limit(1), l => l.FloodThreshold, (l, value) => l.FloodThreshold = value);
        yield return Live(List<T, AllowedRange>(
            $"{nameof(ConnectionSettings.InboundLimits)}:{nameof(InboundLimits.AllowList)}",
            SettingKinds.Range,
            s => s.InboundLimits.AllowList,
            (s, values) => s.InboundLimits.AllowList = [.. s.InboundLimits.AllowList, .. values]));
        yield return Limit(nameof(InboundLimits.MaxAllowListed), SettingKinds.Count(0), l => l.MaxAllowListed, (l, value) => l.MaxAllowListed = value);
        yield return Limit(nameof(InboundLimits.EvictionEnabled), SettingKinds.Flag, l => l.EvictionEnabled, (l, value) => l.EvictionEnabled = value);
        yield return Limit(nameof(InboundLimits.MinEvictionAge), SettingKinds.Duration, l => l.MinEvictionAge, (l, value) => l.MinEvictionAge = value);

        static SettingKey<T> Limit<TValue>(string name, SettingKind<TValue> kind, Func<InboundLimits, TValue> get, Action<InboundLimits, TValue> set) =>
            Live(Value<T, TValue>($"{nameof(ConnectionSettings.InboundLimits)}:{name}", kind, s => get(s.InboundLimits), (s, value) => set(s.InboundLimits, value)));

        static SettingKey<T> OptionalLimit(string name, Func<InboundLimits, int?> get, Action<InboundLimits, int> set) => Live(Optional<T, int>(
            $"{nameof(ConnectionSettings.InboundLimits)}:{name}", SettingKinds.Limit(1), s => get(s.InboundLimits), (s, value) => set(s.InboundLimits, value)));
    }

    private static IEnumerable<SettingKey<T>> GetHealthKeys<T>()
        where T : ConnectionSettings =>
    [
        Live(Optional<T, int>(
            $"{nameof(ConnectionSettings.Health)}:{nameof(HealthSettings.MinOutbound)}", SettingKinds.Count(1), s => s.Health.MinOutbound, (s, value) => s.Health.MinOutbound = value)),
        Live(Value<T, TimeSpan>(
            $"{nameof(ConnectionSettings.Health)}:{nameof(HealthSettings.StartupGrace)}", SettingKinds.Duration, s => s.Health.StartupGrace, (s, value) => s.Health.StartupGrace = value)),
        Live(Value<T, TimeSpan>(
            $"{nameof(ConnectionSettings.Health)}:{nameof(HealthSettings.StalledAfter)}", SettingKinds.Duration, s => s.Health.StalledAfter, (s, value) => s.Health.StalledAfter = value)),
    ];

    private static ValueKey<T, TValue> Value<T, TValue>(string path, SettingKind<TValue> kind, Func<T, TValue?> get, Action<T, TValue> set) =>
        new(path, kind, s => get(s) is { } value ? kind.Write(value) : string.Empty, set);

    private static ValueKey<T, TValue> Optional<T, TValue>(string path, SettingKind<TValue> kind, Func<T, TValue?> get, Action<T, TValue> set)
        where TValue : struct =>
        new(path, kind, s => get(s) is { } value ? kind.Write(value) : string.Empty, set);

    private static ListKey<T, TValue> List<T, TValue>(
        string path, SettingKind<TValue> kind, Func<T, IEnumerable<TValue>> get, Action<T, List<TValue>> add) => new(path, kind, get, add);

    private static SettingKey<T> Live<T>(SettingKey<T> key) => key.Live();
}
