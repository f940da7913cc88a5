using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>The measurements of one <see cref="NetworkCrawler"/>, until it is disposed of.</summary>
internal sealed class CrawlMetrics : IDisposable
{
    private readonly Instruments _instruments;
    private readonly KeyValuePair<string, object?> _instance;
    private readonly Func<int> _getActive;

    public CrawlMetrics(IMeterFactory? meterFactory, string instanceName, Func<int> getActive)
    {
        _instruments = Instruments.Get(meterFactory);
        _instance = TelemetryTags.GetInstance(instanceName);
        _getActive = getActive;
        _instruments.Add(this);
    }

    public void Dispose() => _instruments.Remove(this);

    /// <summary>Counts a visit.</summary>
    public void Visited(CrawlVisit visit)
    {
        if (!_instruments.Visits.IsEnabled && !_instruments.Duration.IsEnabled)
            return;
        var tags = new TagList
        {
            _instance,
            new(TelemetryTags.Network, visit.EndPoint.Address.Network.ToWord()),
            new(TelemetryTags.Outcome, OutcomeWord.GetWord(visit.FailureCause)),
        };
        _instruments.Visits.Add(1, tags);
        _instruments.Duration.Record(visit.Duration, tags);
    }

    public void RoundEnded() => _instruments.Rounds.Add(1, [_instance]);

    public void FrontierFailed() => _instruments.Outages.Add(1, [_instance]);

    private Measurement<long> Active() => new(_getActive(), _instance);

    /// <summary>The instruments of crawlers: one set for each meter.</summary>
    private sealed class Instruments
    {
        private static readonly ConditionalWeakTable<Meter, Instruments> ByMeter = [];

        private ImmutableArray<CrawlMetrics> _running = [];

        private Instruments(Meter meter)
        {
            Visits = new(meter.CreateCounter<long>("connmgr.crawl.visits", "{visit}", "Visits of a crawl that were completed."));
            Duration = new(meter.CreateHistogram<double>(
                "connmgr.crawl.visit.duration", "s", "Time from the dial to the end of a visit.", advice: new() { HistogramBucketBoundaries = [0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120] }));
            Rounds = new(meter.CreateCounter<long>("connmgr.crawl.rounds", "{round}", "Rounds that this crawler ended."));
            Outages = new(meter.CreateCounter<long>("connmgr.crawl.frontier.outages", "{outage}", "Times that the frontier could not be reached."));
            meter.CreateObservableUpDownCounter("connmgr.crawl.visits.active", () => _running.Select(static crawler => crawler.Active()), "{visit}", "Visits that are under way.");
        }

        public GuardedCounter Visits { get; }

        public GuardedHistogram Duration { get; }

        public GuardedCounter Rounds { get; }

        public GuardedCounter Outages { get; }

        public static Instruments Get(IMeterFactory? meterFactory) =>
            ByMeter.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new Instruments(meter));

        public void Add(CrawlMetrics crawler) => ImmutableInterlocked.Update(ref _running, static (running, crawler) => running.Add(crawler), crawler);

        public void Remove(CrawlMetrics crawler) => ImmutableInterlocked.Update(ref _running, static (running, crawler) => running.Remove(crawler), crawler);
    }
}
