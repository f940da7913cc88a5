using System.Net;
using System.Text.RegularExpressions;
using Connmgr.Bitcoin;
using Connmgr.Bitcoin.Tests.Crawling;
using Connmgr.Telemetry.Tests.Catalog;
using Connmgr.Testing;
using Connmgr.Tests.Proxies;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Telemetry.Tests;

/// <summary>
/// A network with dead and hostile peers, a listener that is full, bans and failures: every documented instrument is really measured, with the documented tags and values alone. In real
/// time but for the flood; every wait is for a state, with the test's deadline.
/// </summary>
public partial class EmissionTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryInstrument_IsMeasuredWithItsTagsAndNoOthers()
    {
        using var recorder = new MeterRecorder();
        var seen = new List<MeterRecorder.Series>();
        await RunCrowdAsync(recorder, seen);
        await RunInboundAsync(recorder, seen);
        await RunFloodAsync(recorder, seen);
        await RunQuarantineAsync(recorder, seen);
        await RunI2PAsync(recorder, seen);
        await RunCrawlAsync(recorder, seen);

        var documented = MetricCatalog.Instruments
            .Where(static info => !info.Name.StartsWith("connmgr.fleet.", StringComparison.Ordinal)) // Those need a server: see FleetMetricsTests of Connmgr.Fleet.Tests.
            .ToDictionary(static info => info.Name, StringComparer.Ordinal);
        var values = MetricCatalog.Tags.ToDictionary(static tag => tag.Key, StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var series in seen)
        {
            var info = documented[series.Instrument.Name];
            wrong.AddRange(info.Tags.Except(series.Tags.Keys, StringComparer.Ordinal).Select(tag => $"{info.Name} lacks {tag}"));
            wrong.AddRange(series.Tags.Keys.Except(info.Tags, StringComparer.Ordinal).Except(info.Optional, StringComparer.Ordinal).Select(tag => $"{info.Name} has {tag}"));
            foreach (var (key, value) in series.Tags)
            {
                if (values.TryGetValue(key, out var tag) && tag.Bound is null && !tag.Values.Contains(value!, StringComparer.Ordinal))
                    wrong.Add($"{info.Name} has {key}={value}");
                if (Address().IsMatch(value!))
                    wrong.Add($"{info.Name} has an address: {key}={value}");
            }
        }

        Assert.Empty(wrong.Distinct(StringComparer.Ordinal));
        var moved = seen.Where(static series => series.Sum > 0).Select(static series => series.Instrument.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(documented.Keys.Except(moved, StringComparer.Ordinal));
    }

    /// <summary>Seeds, book, gossip, traffic, dials of all outcomes, bans.</summary>
    private static async Task RunCrowdAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        await using var sandbox = new SandboxNetwork(new() { Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)) });
        await using var network = new PeerNetwork(new()
        {
            Chain = SandboxNetwork.SeededChain,
            Dial = sandbox.DialAsync,
            Lookup = sandbox.LookupAsync,
            MeterFactory = recorder,
            ExternalAddresses = [NetworkEndPoint.Parse("1.2.3.4:8333")],
            PortMapping = PortMappingMethod.NatPmp, // No listener needs it, so no gateway is asked.
            PermanentPeers = [sandbox.Hosts.First(static host => host.Kind == SandboxHostKind.Refusing).EndPoint],
        });
        await network.StartAsync(Cancellation);
        network.Bans.Add(new BanTarget(NetworkSubnet.Parse("192.0.2.0/24")));
        network.Reputation.ReportMisbehavior(new IPEndPoint(new IPAddress([20, 1, 2, 3]), 8333), Misbehavior.InvalidData);
        _ = network.Connections.Connect(network.Connections.Connect(sandbox.Hosts.First(static host => host.Kind == SandboxHostKind.Live).EndPoint).EndPoint!);
        await UntilAsync(
            recorder,
            "connmgr.connections", "connmgr.connections.target", "connmgr.dial.queued", "connmgr.addresses", "connmgr.addresses.sourced", "connmgr.network.io", "connmgr.peer.round_trip",
            "connmgr.handshake.duration", "connmgr.dns_seed.lookups", "connmgr.bans.active", "connmgr.limits.blocked", "connmgr.reachability.state",
            "connmgr.ports", "connmgr.clock.offset");
        do
        {
            await network.RotateAsync("default", 1, within: TimeSpan.FromSeconds(10), Cancellation); // Its peer may leave before.
            recorder.Collect();
        }
        while (recorder.Sum("connmgr.trials") <= 0);
        seen.AddRange(recorder.All);
        await network.StopAsync(Cancellation);
        seen.AddRange(recorder.All);
    }

    /// <summary>Inbound connections beyond every limit, dials under way, addresses that rest, a watcher that does not read.</summary>
    private static async Task RunInboundAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        await using var world = new MemoryNetwork(new() { DefaultBehavior = HostBehavior.Refusing });
        var here = new IPEndPoint(new IPAddress([20, 0, 0, 1]), 8333);
        var swallowed = new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333);
        world.SetBehavior(swallowed, HostBehavior.Swallowing);
        var next = 0;
        var manager = new ConnectionManager(new()
        {
            Dial = world.DialAsync,
            GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(new IPEndPoint(new IPAddress([30, (byte)next++, 1, 1]), 8333)),
            Listeners = [world.Listen(here)],
            MaxInbound = 30,
            DialTimeout = TimeSpan.FromHours(1), // What is to be seen under way stays so, however slow the machine.
            RetryDuration = TimeSpan.FromHours(1),
            OnAccept = static (connection, _) => connection.Closed,
            Gate = static (endPoint, _) => endPoint is IPEndPoint { Port: 666 } ? GateVerdict.Refuse : GateVerdict.Allow,
            MeterFactory = recorder,
            ObserveNetworkChanges = false,
        });
        await using var watcher = manager.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var first = watcher.MoveNextAsync();
        await manager.StartAsync(Cancellation);
        manager.Connect(swallowed);
        for (var peer = 0; peer < 60; peer++)
            await world.DialFrom(new IPEndPoint(new IPAddress([(byte)(40 + peer), 1, 1, 1]), 1000))(here, Cancellation);
        await world.DialFrom(new IPEndPoint(new IPAddress([120, 1, 1, 1]), 666))(here, Cancellation);
        for (var i = 0; i < 1200; i++)
            await manager.SetTargetOutboundAsync(i % 2, Cancellation);
        await UntilAsync(
            recorder,
            "connmgr.connections.max_inbound", "connmgr.dial.in_flight", "connmgr.dial.backoff.addresses", "connmgr.inbound.accepted", "connmgr.inbound.rejected", "connmgr.evictions",
            "connmgr.events.dropped");
        seen.AddRange(recorder.All);
        Assert.True(await first);
        await manager.StopAsync(Cancellation);
        seen.AddRange(recorder.All);
    }

    /// <summary>A peer that leaves during its handshake.</summary>
    private static async Task RunQuarantineAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        await using var world = new MemoryNetwork(new() { DefaultBehavior = HostBehavior.Serving(static (_, _) => Task.CompletedTask) });
        var book = new AddressBook();
        var there = NetworkEndPoint.Parse("23.0.0.1:18444");
        book.Add(new PeerAddress(there, 9, TimeProvider.System.GetUtcNow()), there.Address);
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Dial = world.DialAsync,
            Book = book,
            TargetOutbound = 1,
            MeterFactory = recorder,
        });
        await network.StartAsync(Cancellation);
        await UntilAsync(recorder, "connmgr.addresses.quarantined");
        seen.AddRange(recorder.All);
        await network.StopAsync(Cancellation);
    }

    /// <summary>A session at an I2P router.</summary>
    private static async Task RunI2PAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            Proxies = new() { I2PSam = new IPEndPoint(IPAddress.Loopback, 7656), Socks5 = new() { Connect = new FakeSam().ConnectAsync } },
            MeterFactory = recorder,
        });
        await network.StartAsync(Cancellation);
        await UntilAsync(recorder, "connmgr.i2p.sessions");
        seen.AddRange(recorder.All);
        await network.StopAsync(Cancellation);
    }

    /// <summary>A peer that sends more of what nobody reads than is read, and then begins a message and stops in its midst.</summary>
    private static async Task RunFloodAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        var time = new FakeTimeProvider(); // Stands still during the flood: a slow machine's would be no faster than what may be read.
        await using var world = new MemoryNetwork();
        var there = new IPEndPoint(new IPAddress([22, 0, 0, 1]), 18444);
        var protocol = new BitcoinProtocol(new() { Chain = ChainParameters.Regtest });
        world.SetBehavior(there, HostBehavior.Serving(async (stream, token) =>
        {
            var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, null, token);
            for (var i = 0; i < 25_000; i++)
                await peer.SendAsync(new("junk"), default, token);
            var begun = new byte[10_000];
            FrameHeader.Create(FrameHeader.GetMagic(ChainParameters.Regtest), MessageCommand.AddrV2, new byte[20_000]).Write(begun);
            await stream.WriteAsync(begun, token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        }));
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Dial = world.DialAsync,
            PermanentPeers = [there],
            MeterFactory = recorder,
            TimeProvider = time,
        });
        await network.StartAsync(Cancellation);
        await UntilAsync(recorder, "connmgr.receive.discarded", "connmgr.receive.restrained");
        await UntilAsync(recorder, () => time.Advance(TimeSpan.FromSeconds(1)), "connmgr.receive.memory");
        seen.AddRange(recorder.All);
    }

    /// <summary>A crawl of one address, which refuses, with a frontier that fails once.</summary>
    private static async Task RunCrawlAsync(MeterRecorder recorder, List<MeterRecorder.Series> seen)
    {
        var release = new TaskCompletionSource();
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            StartAddresses = [NetworkEndPoint.Parse("23.0.0.1:18444")],
            Frontier = new FaultyFrontier(new MemoryFrontier()) { FailingCalls = 1 },
            Dial = async (_, token) =>
            {
                await release.Task.WaitAsync(token);
                throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "as if");
            },
            DialTimeout = TimeSpan.FromHours(1),
            MaxRounds = 1,
            MeterFactory = recorder,
        });
        var running = crawler.RunAsync(Cancellation);
        await UntilAsync(recorder, "connmgr.crawl.visits.active");
        seen.AddRange(recorder.All);
        release.SetResult();
        await running;
        seen.AddRange(recorder.All);
    }

    private static Task UntilAsync(MeterRecorder recorder, params string[] instruments) => UntilAsync(recorder, static () => { }, instruments);

    private static async Task UntilAsync(MeterRecorder recorder, Action pass, params string[] instruments)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var timer = TimeProvider.System.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), deadline, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        while (true)
        {
            recorder.Collect();
            var missing = instruments.Where(instrument => recorder.Sum(instrument) <= 0).ToArray();
            if (missing.Length == 0)
                return;
            pass();
            Assert.False(deadline.IsCancellationRequested, $"Never measured: {string.Join(", ", missing)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Anything that looks like an IP address, with a port or without, or like an onion name.</summary>
    [GeneratedRegex(@"\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F:]+|\.onion|\.i2p", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
