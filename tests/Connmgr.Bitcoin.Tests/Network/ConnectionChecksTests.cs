using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Connections after a change of the machine's network, after a suspend, and the warning of a wrong clock. In virtual time.</summary>
public sealed class ConnectionChecksTests
{
    private const string Silent = "20.0.0.1";

    private static readonly string[] Others = ["21.0.0.1", "22.0.0.1", "23.0.0.1", "24.0.0.1", "25.0.0.1", "26.0.0.1"];

    private PeerClockTests.SteppedTime? _time;

    [Theory]
    [InlineData("a report")]
    [InlineData("a suspend")]
    public async Task Change_APeerThatDoesNotAnswer_IsReplacedAndTheOthersStay(string what)
    {
        await using var peers = new VirtualPeers();
        peers.Silence(Silent);
        peers.Add(Silent);
        await using var network = await StartAsync(peers, target: 1);
        var silent = (await VirtualPeers.GetGroupAsync(network, "default"))[0];
        foreach (var other in Others)
            peers.Add(other);
        await network.Connections.SetTargetOutboundAsync(4, peers.Cancellation);
        await peers.AdvanceUntilAsync(network, async () => (await network.Connections.GetSnapshotAsync()).IsFull, isFilling: true);
        var before = await VirtualPeers.GetGroupAsync(network, "default");

        // The first pings are answered, so that what arrives later answers the check. Time stands still for the peers until they have.
        var others = before.Where(peer => peer != silent).ToArray();
        await WaitUntilAsync(() => others.All(static peer => peer.LastRoundTrip is not null));
        var received = others.Select(static peer => peer.BytesReceived).ToArray();
        var start = peers.Time.GetUtcNow();
        if (what is "a report")
        {
            network.NotifyNetworkChanged();
        }
        else
        {
            _time!.Step += TimeSpan.FromHours(8);
            peers.Time.Advance(TimeSpan.FromSeconds(3)); // The watch looks at the clocks.
        }

        await WaitUntilAsync(() => others.Zip(received).All(static pair => pair.First.BytesReceived > pair.Second));
        await peers.AdvanceUntilAsync(network, () => new(silent.Connection!.Closed.IsCompleted), isFilling: true);
        var reason = await silent.Connection!.Closed;
        Assert.Equal(DisconnectCause.NetworkChanged, reason.Cause);
        Assert.StartsWith("no answer within 10 s after a ", reason.Detail, StringComparison.Ordinal);
        Assert.InRange(peers.Time.GetUtcNow() - start, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(15)); // Time passes while it is closed; an unanswered ping ends it after 20 min.
        await peers.AdvanceUntilAsync(network, async () => (await network.Connections.GetSnapshotAsync()).IsFull, isFilling: true);
        var after = await VirtualPeers.GetGroupAsync(network, "default");
        Assert.Equal(before.Where(peer => peer != silent), after.Where(before.Contains));
        Assert.Equal(0, network.Quarantine.RestingCount); // It is not the peer's fault.
    }

    /// <summary>Checks a regression: changes that came faster than checks ended were kept without a bound, and each was logged.</summary>
    [Fact]
    public async Task Change_ManyTimesAtOnce_IsCheckedAFewTimes()
    {
        await using var peers = new VirtualPeers();
        peers.Add(Others[0]);
        var log = new RecordedLog();
        await using var network = await StartAsync(peers, target: 1, log);
        for (var running = 1; running <= 2; running++)
        {
            network.NotifyNetworkChanged();
            await WaitUntilAsync(() => log.Count("Checking ") >= running);
        }

        for (var i = 0; i < 100; i++)
        {
            network.NotifyNetworkChanged(); // No check ends meanwhile: the time stands still.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, peers.Cancellation); // A chance for a check that should not begin.
        }

        var end = peers.Time.GetUtcNow() + TimeSpan.FromMinutes(5);
        await peers.AdvanceUntilAsync(network, () => new(peers.Time.GetUtcNow() >= end), isFilling: true);
        Assert.InRange(log.Count("Checking "), 2, 4);
    }

    private static Task WaitUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() => Task.FromResult(condition()));

    private async Task<PeerNetwork> StartAsync(VirtualPeers peers, int target, RecordedLog? log = null)
    {
        _time = new PeerClockTests.SteppedTime(peers.Time);
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = target,
            Book = peers.Book,
            Policies = PeerPolicies.None with { Quarantine = new() },
            Dial = peers.DialAsync,
            TimeProvider = _time,
            ReadLocalNetwork = static () => null,
            LoggerFactory = log,
            Configure = static manager => manager.ObserveNetworkChanges = false,
        });
        await network.StartAsync(peers.Cancellation);
        await peers.AdvanceUntilAsync(network, async () => (await network.Connections.GetSnapshotAsync()).IsFull, isFilling: true);
        return network;
    }

    /// <summary>A warning comes once while the clock is wrong, and again after a day.</summary>
    [Fact]
    public void ClockWatch_AWrongClock_IsReportedOnceADay()
    {
        var time = new FakeTimeProvider();
        var (clock, log) = (new PeerClock(time), new RecordedLog());
        Assert.Null(clock.GetOffset());
        var watch = new ClockWatch(clock, static _ => Assert.Fail("There was no suspend."), time, log);
        AddSamples(TimeSpan.FromMinutes(-69));
        Assert.Equal(TimeSpan.FromMinutes(69), clock.GetOffset());
        Assert.Empty(log.Lines);
        AddSamples(TimeSpan.FromMinutes(-71));
        Assert.Contains("01:11:00 ahead of the clocks of the peers", Assert.Single(log.Lines), StringComparison.Ordinal);
        AddSamples(TimeSpan.FromHours(5));
        Assert.Single(log.Lines);
        for (var hour = 0; hour < 24; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            watch.Check();
        }

        Assert.Contains("05:00:00 behind the clocks of the peers", log.Lines[1], StringComparison.Ordinal);
        AddSamples(TimeSpan.Zero);
        AddSamples(TimeSpan.FromHours(5));
        Assert.Equal(3, log.Lines.Count);

        void AddSamples(TimeSpan offset)
        {
            for (var group = 1; group <= PeerClock.Groups; group++)
                clock.AddSample(Netgroup.FromAddress(NetworkAddress.Parse($"20.{group}.0.1")), (time.GetUtcNow() + offset).ToUnixTimeSeconds());
            watch.Check();
        }
    }

    /// <summary>In a suspend, the system's clock goes on, and the monotonic one does not.</summary>
    [Fact]
    public void ClockWatch_ASuspend_IsNoWrongClock()
    {
        var time = new PeerClockTests.SteppedTime(new FakeTimeProvider());
        var (clock, log, suspends) = (new PeerClock(time), new RecordedLog(), new List<TimeSpan>());
        var watch = new ClockWatch(clock, suspends.Add, time, log);
        for (var group = 1; group <= PeerClock.Groups; group++)
            clock.AddSample(Netgroup.FromAddress(NetworkAddress.Parse($"20.{group}.0.1")), time.GetUtcNow().ToUnixTimeSeconds());
        watch.Check();

        time.Step = TimeSpan.FromHours(8);
        watch.Check();
        watch.Check();

        Assert.Equal([TimeSpan.FromHours(8)], suspends);
        Assert.Empty(log.Lines);
    }

    private sealed class RecordedLog : ILogger, ILoggerFactory
    {
        public List<string> Lines { get; } = []; // Under its lock while a network runs.

        public int Count(string start)
        {
            lock (Lines)
                return Lines.Count(line => line.StartsWith(start, StringComparison.Ordinal));
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
            // It holds nothing.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines)
                Lines.Add(formatter(state, exception));
        }
    }
}
