using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>The instruments of <see cref="ReputationMetrics"/>: one set for each meter.</summary>
internal sealed class ReputationInstruments
{
    private static readonly ConditionalWeakTable<Meter, ReputationInstruments> OfMeters = [];

    private ImmutableArray<ReputationMetrics> _observed = [];

    private ReputationInstruments(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "connmgr.bans.active",
            () => _observed.Select(static metrics => metrics.Active()),
            "{ban}",
            "Bans in the list. Those that have ended count until they are removed, which happens when bans are added or listed.");
        Bans = new GuardedCounter(meter.CreateCounter<long>("connmgr.bans", "{ban}", "Bans that were added, removed, or expired."));
        Bumps = new GuardedCounter(meter.CreateCounter<long>("connmgr.peer.score.bumps", "{bump}", "Misbehaviours that were recorded against hosts."));
    }

    public GuardedCounter Bans { get; }

    public GuardedCounter Bumps { get; }

    public static ReputationInstruments GetOrCreate(IMeterFactory? meterFactory) =>
        OfMeters.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new ReputationInstruments(meter));

    public void Add(ReputationMetrics metrics) => ImmutableInterlocked.Update(ref _observed, static (observed, metrics) => observed.Add(metrics), metrics);

    public void Remove(ReputationMetrics metrics) => ImmutableInterlocked.Update(ref _observed, static (observed, metrics) => observed.Remove(metrics), metrics);
}
