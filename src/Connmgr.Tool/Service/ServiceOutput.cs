using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Reports the state of a run to the service manager, in addition to another output. The watchdog gets a sign of life only when a snapshot
/// of the connection manager arrives here, so neither its loop nor that of the outputs hangs.
/// </summary>
internal sealed class ServiceOutput : IRunOutput
{
    private const string Ready = "READY=1";

    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(5);

    private readonly IRunOutput _inner;
    private readonly ServiceManager _manager;
    private readonly TimeProvider _timeProvider;
    private string _status = string.Empty;
    private bool _isReady;
    private bool _isReloading;

    /// <summary>Creates an output that owns both.</summary>
    public ServiceOutput(IRunOutput inner, ServiceManager manager, TimeProvider timeProvider)
    {
        (_inner, _manager, _timeProvider) = (inner, manager, timeProvider);
        RefreshInterval = new[] { inner.RefreshInterval, LongestInterval, manager.Watchdog / 3 ?? LongestInterval }
            .Where(interval => interval > TimeSpan.Zero)
            .Min();
    }

    /// <summary>The interval: a third of the watchdog's time, so that one late report does not matter.</summary>
    public TimeSpan RefreshInterval { get; }

    public void Start(DateTimeOffset time, RunInfo info) => _inner.Start(time, info);

    public void Write(ConnectionEvent happened) => _inner.Write(happened);

    public void Seeded(SeedOutcome outcome) => _inner.Seeded(outcome);

    public void Quarantined(DateTimeOffset time, AddressQuarantinedEventArgs quarantined) => _inner.Quarantined(time, quarantined);

    public void Tor(DateTimeOffset time, TorState state) => _inner.Tor(time, state);

    public void Reachable(DateTimeOffset time, ExternalAddress address, bool isAdded) => _inner.Reachable(time, address, isAdded);

    public void I2P(DateTimeOffset time, I2PState state) => _inner.I2P(time, state);

    public void PortMapping(DateTimeOffset time, PortMappingState state) => _inner.PortMapping(time, state);

    public void Notice(DateTimeOffset time, string text) => _inner.Notice(time, text);

    public void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally)
    {
        _inner.Refresh(snapshot, facts, tally);
        var tell = new List<string>();
        if (!_isReady && !_isReloading)
            tell.Add(Ready);
        var status = Status(snapshot);
        if (!string.Equals(status, _status, StringComparison.Ordinal))
            tell.Add($"STATUS={status}");
        if (_manager.Watchdog is not null)
            tell.Add("WATCHDOG=1");
        if (tell.Count == 0 || !_manager.TryNotify(tell))
            return; // The next refresh sends it.
        (_status, _isReady) = (status, _isReady || !_isReloading);
    }

    public void Full(DateTimeOffset time, TimeSpan afterStart) => _inner.Full(time, afterStart);

    public void Reloading(DateTimeOffset time)
    {
        _inner.Reloading(time);
        (_isReloading, _isReady) = (true, false);
        _manager.TryNotify("RELOADING=1", $"MONOTONIC_USEC={Microseconds().ToString(CultureInfo.InvariantCulture)}");
    }

    public void Reloaded(DateTimeOffset time, ReloadOutcome outcome)
    {
        _inner.Reloaded(time, outcome);
        (_isReloading, _isReady) = (false, _manager.TryNotify(Ready));
    }

    public void Stopping(DateTimeOffset time, RunEnd end)
    {
        _inner.Stopping(time, end);
        _manager.TryNotify("STOPPING=1");
        (_isReady, _isReloading) = (true, false); // Neither is sent any more.
    }

    public void Summarize(RunSummary summary) => _inner.Summarize(summary);

    public void Dispose()
    {
        _inner.Dispose();
        _manager.Dispose();
    }

    private static string Status(ConnectionManagerSnapshot snapshot)
    {
        var network = snapshot.IsOutage ? "no answer from the network; " : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{network}{snapshot.Count(ConnectionKind.Automatic)} of {snapshot.TargetOutbound} automatic, {snapshot.Count(ConnectionKind.Permanent)} permanent, {snapshot.Count(ConnectionKind.Inbound)} inbound peers");
    }

    /// <summary>Gets CLOCK_MONOTONIC, the source of time stamps on Linux.</summary>
    private long Microseconds() => (long)(Int128.CreateChecked(_timeProvider.GetTimestamp()) * 1_000_000 / _timeProvider.TimestampFrequency);
}
