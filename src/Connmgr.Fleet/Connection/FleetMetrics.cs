using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Connmgr.Fleet;

/// <summary>The measurements of one <see cref="FleetConnection"/>, until it is disposed of.</summary>
internal sealed class FleetMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> Held = new("connmgr.fleet.refusal", "held");
    private static readonly KeyValuePair<string, object?> Unavailable = new("connmgr.fleet.refusal", "unavailable");

    private readonly Instruments _instruments;
    private readonly KeyValuePair<string, object?> _instance;
    private readonly FleetConnection _fleet;

    public FleetMetrics(IMeterFactory? meterFactory, FleetConnection fleet)
    {
        _instruments = Instruments.Get(meterFactory);
        _instance = TelemetryTags.GetInstance(fleet.Fleet);
        _fleet = fleet;
        _instruments.Add(this);
    }

    public void Dispose() => _instruments.Remove(this);

    public void OutageBegan() => _instruments.Outages.Add(1, [_instance]);

    /// <summary>Counts an address that another process holds.</summary>
    public void ClaimHeldElsewhere() => _instruments.Refused.Add(1, [_instance, Held]);

    /// <summary>Counts an address that could not be claimed for lack of Redis.</summary>
    public void ClaimUnavailable() => _instruments.Refused.Add(1, [_instance, Unavailable]);

    /// <summary>The instruments of fleets: one set for each meter.</summary>
    private sealed class Instruments
    {
        private static readonly ConditionalWeakTable<Meter, Instruments> ByMeter = [];

        private ImmutableArray<FleetMetrics> _running = [];

        private Instruments(Meter meter)
        {
            Outages = new(meter.CreateCounter<long>("connmgr.fleet.outages", "{outage}", "Times that a process of a fleet was without Redis."));
            Refused = new(meter.CreateCounter<long>("connmgr.fleet.claims.refused", "{claim}", "Addresses that could not be claimed, and were not dialled."));
            meter.CreateObservableUpDownCounter("connmgr.fleet.claims", () => Observe(static fleet => fleet.Claims.Count), "{address}", "Addresses that a process of a fleet holds.");
            meter.CreateObservableUpDownCounter("connmgr.fleet.ready", () => Observe(static fleet => fleet.CanBegin ? 1 : 0), "{process}", "1 while a process of a fleet may begin new work, else 0.");
        }

        public GuardedCounter Outages { get; }

        public GuardedCounter Refused { get; }

        /// <summary>Adds up what several connections of one fleet measure in this process: their series is the same.</summary>
        private IEnumerable<Measurement<long>> Observe(Func<FleetConnection, int> measure) => _running
            .GroupBy(static each => each._fleet.Fleet, StringComparer.Ordinal)
            .Select(same => new Measurement<long>(same.Sum(each => measure(each._fleet)), same.First()._instance));

        public static Instruments Get(IMeterFactory? meterFactory) =>
            ByMeter.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new Instruments(meter));

        public void Add(FleetMetrics fleet) => ImmutableInterlocked.Update(ref _running, static (running, fleet) => running.Add(fleet), fleet);

        public void Remove(FleetMetrics fleet) => ImmutableInterlocked.Update(ref _running, static (running, fleet) => running.Remove(fleet), fleet);
    }
}
