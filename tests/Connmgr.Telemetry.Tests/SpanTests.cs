using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;
using Connmgr.Telemetry.Tests.Catalog;
using Connmgr.Testing;

namespace Connmgr.Telemetry.Tests;

/// <summary>Spans of attempts: what they have in common, how they end, and that what comes after is not under them. On loopback and in memory.</summary>
[Collection(nameof(AloneInTheProcess))] // Spans come from one source for the whole process.
public sealed class SpanTests : IDisposable
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly SpanRecorder _spans = new();
    private readonly MemoryNetwork _world = new(new() { DefaultBehavior = HostBehavior.Refusing });

    public void Dispose() => _spans.Dispose();

    [Fact]
    public async Task Attempt_ThatSucceeds_HasItsPhasesUnderIt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Activity? inHandler = null;
        var dialer = new TcpDialer(new TcpDialerOptions { Resolve = static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]) });
        await using (var manager = Manager(options =>
        {
            options.Dial = dialer.DialAsync;
            options.Handshake = static async (_, _) => await Task.Yield();
            options.OnConnection = async (_, connection, _) =>
            {
                inHandler = Activity.Current;
                await connection.Closed;
            };
        }))
        {
            await manager.StartAsync(Cancellation);
            var outcome = await manager.Connect(new DnsEndPoint("name.example", port)).FirstOutcome.WaitAsync(Cancellation);
            Assert.True(outcome.Succeeded);
        }

        var dial = _spans.Single("connmgr.dial");
        Assert.Equal((ActivityStatusCode.Unset, "success", "name.example", port), (dial.Status, dial.GetTagItem("connmgr.outcome"), dial.GetTagItem("server.address"), dial.GetTagItem("server.port")));
        Assert.Equal(default, dial.ParentSpanId);
        foreach (var name in new[] { "connmgr.dial.resolve", "connmgr.dial.tcp", "connmgr.handshake" })
            Assert.Equal(dial.SpanId, _spans.Single(name).ParentSpanId);
        Assert.Equal("name.example", _spans.Single("connmgr.dial.resolve").GetTagItem("dns.question.name"));
        Assert.Equal("127.0.0.1", _spans.Single("connmgr.dial.tcp").GetTagItem("network.peer.address"));
        Assert.InRange(_spans.Single("connmgr.handshake").StartTimeUtc, dial.StartTimeUtc, dial.StartTimeUtc + dial.Duration);
        Assert.Null(inHandler); // A connection of days must not be one span, nor what its handler traces be under it.
        Assert.Equal(0, _spans.Open);
    }

    [Fact]
    public async Task Attempt_ThatFails_IsAnErrorWithItsCause()
    {
        await using (var manager = Manager(static _ => { }))
        {
            await manager.StartAsync(Cancellation);
            await manager.Connect(new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333)).FirstOutcome.WaitAsync(Cancellation);
        }

        var dial = _spans.Single("connmgr.dial");
        Assert.Equal((ActivityStatusCode.Error, "refused", "tcp"), (dial.Status, dial.GetTagItem("error.type"), dial.GetTagItem("connmgr.phase")));
        Assert.NotEmpty(dial.StatusDescription!);
    }

    [Fact]
    public async Task Attempt_WhoseDiallerThrowsAnything_TellsItsType()
    {
        await using (var manager = Manager(static options => options.Dial = static (_, _) => throw new FormatException("by the test")))
        {
            await manager.StartAsync(Cancellation);
            await manager.Connect(new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333)).FirstOutcome.WaitAsync(Cancellation);
        }

        Assert.Equal("System.FormatException", _spans.Single("connmgr.dial").GetTagItem("error.type"));
    }

    [Fact]
    public async Task Attempt_ThatWeGiveUp_IsNoError()
    {
        _world.DefaultBehavior = HostBehavior.Swallowing;
        await using (var manager = Manager(static _ => { }))
        {
            await manager.StartAsync(Cancellation);
            manager.Connect(new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333));
            await Eventually.TrueAsync(() => _world.GetStatistics().DialsStarted > 0);
        }

        var dial = _spans.Single("connmgr.dial");
        Assert.Equal((ActivityStatusCode.Unset, "stopped"), (dial.Status, dial.GetTagItem("connmgr.outcome")));
        Assert.Equal(0, _spans.Open);
    }

    [Fact]
    public async Task Handshake_ThatFails_IsAnErrorAndSoIsItsDial()
    {
        _world.DefaultBehavior = HostBehavior.Silent;
        await using (var manager = Manager(static options => options.Handshake =
            static (_, _) => throw new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, "by the test")))
        {
            await manager.StartAsync(Cancellation);
            await manager.Connect(new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333)).FirstOutcome.WaitAsync(Cancellation);
        }

        Assert.Equal((ActivityStatusCode.Error, "protocol_violation"), (_spans.Single("connmgr.handshake").Status, _spans.Single("connmgr.handshake").GetTagItem("error.type")));
        Assert.Equal(("protocol_violation", "handshake"), (_spans.Single("connmgr.dial").GetTagItem("connmgr.outcome"), _spans.Single("connmgr.dial").GetTagItem("connmgr.phase")));
    }

    [Fact]
    public async Task Proxy_ThatRefuses_IsAnErrorOfItsSpan()
    {
        await using var manager = Manager(static options =>
        {
            var socks = new Socks5Dialer(new IPEndPoint(IPAddress.Loopback, 9050), new Socks5DialerOptions { Connect = static (_, _) => throw new IOException("by the test") });
            options.Dial = socks.DialAsync;
        });
        await manager.StartAsync(Cancellation);
        await manager.Connect(new DnsEndPoint("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333)).FirstOutcome.WaitAsync(Cancellation);
        var proxy = _spans.Single("connmgr.dial.proxy");
        Assert.Equal((ActivityStatusCode.Error, "proxy_unreachable", "127.0.0.1", 9050), (proxy.Status, proxy.GetTagItem("error.type"), proxy.GetTagItem("server.address"), proxy.GetTagItem("server.port")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Listener_ThatThrows_HarmsNobody(bool atTheStart)
    {
        static void Throw(Activity span) => throw new InvalidOperationException("by the test");
        _world.DefaultBehavior = HostBehavior.Silent;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is ConnmgrTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = atTheStart ? Throw : null,
            ActivityStopped = atTheStart ? null : Throw,
        };
        ActivitySource.AddActivityListener(listener);
        await using var manager = Manager(options => options.Handshake = static async (_, _) => await Task.Yield());
        await manager.StartAsync(Cancellation);
        var outcome = await manager.Connect(new IPEndPoint(new IPAddress([21, 0, 0, 1]), 8333)).FirstOutcome.WaitAsync(Cancellation);
        Assert.True(outcome.Succeeded, $"{outcome.Exception}");
        await manager.StopAsync(Cancellation);
    }

    /// <summary>A whole network with hostile and dead peers, and an inbound one: every documented span comes, with the documented tags alone, and each ends.</summary>
    [Fact]
    public async Task EverySpan_IsTracedWithItsTagsAndNoOthers()
    {
        await Attempt_ThatSucceeds_HasItsPhasesUnderIt();
        await Proxy_ThatRefuses_IsAnErrorOfItsSpan();
        await using (var sandbox = new SandboxNetwork(new() { Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)) }))
        {
            await using var network = new PeerNetwork(new()
            {
                Chain = SandboxNetwork.SeededChain,
                Dial = sandbox.DialAsync,
                Lookup = sandbox.LookupAsync,
                ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)],
            });
            await network.StartAsync(Cancellation);
            await using var visitor = new PeerNetwork(new() { Chain = SandboxNetwork.Chain, PermanentPeers = [network.ListenEndPoints[0]] });
            await visitor.StartAsync(Cancellation);
            await visitor.WhenFullAsync(Cancellation);
            await network.WhenFullAsync(Cancellation);
        }

        var documented = SpanCatalog.Spans.ToDictionary(static info => info.Name, StringComparer.Ordinal);
        var values = SpanCatalog.Tags.ToDictionary(static tag => tag.Key, StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var span in _spans.Ended)
        {
            var info = documented[span.OperationName];
            var tags = span.TagObjects.ToDictionary(static tag => tag.Key, static tag => tag.Value, StringComparer.Ordinal);
            wrong.AddRange(info.Tags.Except(tags.Keys, StringComparer.Ordinal).Select(tag => $"{info.Name} lacks {tag}"));
            wrong.AddRange(tags.Keys.Except(info.Tags, StringComparer.Ordinal).Except(info.Optional, StringComparer.Ordinal).Select(tag => $"{info.Name} has {tag}"));
            wrong.AddRange(tags.Where(tag => values[tag.Key].Bound is null && !values[tag.Key].Values.Contains($"{tag.Value}", StringComparer.Ordinal)).Select(tag => $"{info.Name} has {tag}"));
            if (!string.Equals($"{span.Kind}", info.Kind, StringComparison.Ordinal))
                wrong.Add($"{info.Name} is {span.Kind}");
            if (span.Status == ActivityStatusCode.Error != tags.ContainsKey("error.type"))
                wrong.Add($"{info.Name} has the status {span.Status} and error.type {tags.GetValueOrDefault("error.type")}");
        }

        Assert.Empty(wrong.Distinct(StringComparer.Ordinal));
        Assert.Empty(documented.Keys.Except(_spans.Ended.Select(static span => span.OperationName), StringComparer.Ordinal));
        Assert.Contains(_spans.Ended, static span => span.OperationName is "connmgr.handshake" && span.GetTagItem("connmgr.connection.direction") is "inbound" && span.ParentSpanId == default);
        Assert.Equal(0, _spans.Open);
    }

    private ConnectionManager Manager(Action<ConnectionManagerOptions> configure)
    {
        var options = new ConnectionManagerOptions { Dial = _world.DialAsync, DialTimeout = TimeSpan.FromMinutes(1), ObserveNetworkChanges = false };
        configure(options);
        return new ConnectionManager(options);
    }
}
