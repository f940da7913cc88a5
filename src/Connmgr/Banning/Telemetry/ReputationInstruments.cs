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
            "Bans in the list. Those that have ended are counted until they are swept out, when bans are added or listed.");
        Bans = new GuardedCounter(meter.CreateCounter<long>("connmgr.bans", "{ban}", "Bans that were added, taken back, or swept out after their end."));
        Bumps = new GuardedCounter(meter.CreateCounter<long>("connmgr.peer.score.bumps", "{bump}", "Things that peers did wrong and that were counted against their hosts."));
    }

    public GuardedCounter Bans { get; }

    public GuardedCounter Bumps { get; }

    public static ReputationInstruments GetOrCreate(IMeterFactory? meterFactory) =>
        OfMeters.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new ReputationInstruments(meter));

    public void Add(ReputationMetrics metrics) => ImmutableInterlocked.Update(ref _observed, static (observed, metrics) => observed.Add(metrics), metrics);

    public void Remove(ReputationMetrics metrics) => ImmutableInterlocked.Update(ref _observed, static (observed, metrics) => observed.Remove(metrics), metrics);
}
