using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>
/// The instruments of connection managers: one set per meter, shared by all its managers. Observable instruments read the running managers.
/// </summary>
internal sealed class ConnectionInstruments
{
    private static readonly ConditionalWeakTable<Meter, ConnectionInstruments> OfMeters = [];

    private static readonly double[] DialSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    // A minute, an hour, a day, a week, a month.
    private static readonly double[] LifeSeconds = [1, 10, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800, 2_592_000];

    private ImmutableArray<ConnectionMetrics> _running = [];

    private ConnectionInstruments(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "connmgr.connections", () => Observe(static manager => manager.Connections()), "{connection}", "Connections: in their handshake, and established.");
        meter.CreateObservableGauge(
            "connmgr.connections.target", () => Observe(static manager => manager.Target()), "{connection}", "Automatic connections wanted.");
        meter.CreateObservableGauge(
            "connmgr.group.target", () => Observe(static manager => manager.GroupTargets()), "{connection}", "Automatic connections wanted in a group.");
        meter.CreateObservableUpDownCounter(
            "connmgr.group.connections", () => Observe(static manager => manager.GroupConnections()), "{connection}", "Established automatic connections in a group.");
        meter.CreateObservableGauge(
            "connmgr.connections.max_inbound",
            () => Observe(static manager => manager.MaxInbound()),
            "{connection}",
            "The most inbound connections allowed. Not reported while there is no limit.");
        meter.CreateObservableUpDownCounter(
            "connmgr.dial.in_flight", () => Observe(static manager => manager.Dials()), "{dial}", "Dials under way.");
        meter.CreateObservableUpDownCounter(
            "connmgr.dial.queued",
            () => Observe(static manager => manager.Waiting()),
            "{request}",
            "Requests that wait: permanent ones between two attempts, one-off ones for an address, all for the network to be on.");
        meter.CreateObservableGauge(
            "connmgr.dial.backoff.addresses",
            () => Observe(static manager => manager.Resting()),
            "{address}",
            "Addresses of the source that are left alone for RetryDuration because they failed or were lost quickly. Some may be counted that have just become free.");
        meter.CreateObservableGauge(
            "connmgr.reachability.state",
            () => Observe(static manager => manager.Routes()),
            "{state}",
            "Whether a way out gives answers: 1, or 0 in an outage, when it is only probed. Ways through proxies are one, 0 when any of them is. Reported once a way was used.");

        Duration = Histogram(meter, "connmgr.connection.duration", "How long connections lasted, from established to their end.", LifeSeconds);
        DialDuration = Histogram(meter, "connmgr.dial.duration", "How long dials took, without the handshake.", DialSeconds);
        HandshakeDuration = Histogram(meter, "connmgr.handshake.duration", "How long handshakes took, in both directions.", DialSeconds);
        RoundTrip = Histogram(meter, "connmgr.peer.round_trip", "Round trips that were measured (answered pings).", DialSeconds);

        Attempts = Counter(meter, "connmgr.dial.attempts", "{attempt}", "Outbound attempts that have ended: dial and handshake.");
        Accepted = Counter(meter, "connmgr.inbound.accepted", "{connection}", "Inbound connections that were let in, to their handshake.");
        Rejected = Counter(meter, "connmgr.inbound.rejected", "{connection}", "Inbound connections that were refused when they were accepted.");
        Evictions = Counter(meter, "connmgr.evictions", "{connection}", "Inbound connections that made room for others.");
        Blocked = Counter(
            meter, "connmgr.limits.blocked", "{request}", "Requests, and candidates of the source, that were not dialled because of a limit. A source that asks beforehand is not counted.");
        EventsDropped = Counter(meter, "connmgr.events.dropped", "{event}", "Events that watchers have lost because they fell behind.");
    }

    public GuardedHistogram Duration { get; }

    public GuardedHistogram DialDuration { get; }

    public GuardedHistogram HandshakeDuration { get; }

    public GuardedHistogram RoundTrip { get; }

    public GuardedCounter Attempts { get; }

    public GuardedCounter Accepted { get; }

    public GuardedCounter Rejected { get; }

    public GuardedCounter Evictions { get; }

    public GuardedCounter Blocked { get; }

    public GuardedCounter EventsDropped { get; }

    public static ConnectionInstruments GetOrCreate(IMeterFactory? meterFactory) =>
        OfMeters.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new ConnectionInstruments(meter));

    /// <summary>Adds a manager, whose measurements are observed from now on.</summary>
    public void Add(ConnectionMetrics manager) => ImmutableInterlocked.Update(ref _running, static (running, manager) => running.Contains(manager) ? running : running.Add(manager), manager);

    public void Remove(ConnectionMetrics manager) => ImmutableInterlocked.Update(ref _running, static (running, manager) => running.Remove(manager), manager);

    private static GuardedCounter Counter(Meter meter, string name, string unit, string description) => new(meter.CreateCounter<long>(name, unit, description));

    private static GuardedHistogram Histogram(Meter meter, string name, string description, double[] buckets) => new(
        meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets }));

    private IEnumerable<Measurement<int>> Observe(Func<ConnectionMetrics, IEnumerable<Measurement<int>>> measure) => _running.SelectMany(measure);
}
