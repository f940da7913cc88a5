using System.Diagnostics;

namespace Connmgr;

/// <summary>The metrics of one <see cref="DnsSeeder"/>.</summary>
internal sealed class DnsSeedMetrics(DnsSeederOptions options)
{
    private readonly KeyValuePair<string, object?> _instance = TelemetryTags.GetInstance(options.InstanceName ?? TelemetryTags.DefaultInstance);

    // A meter returns the same counter for the same name, so seeders share it.
    private readonly GuardedCounter _lookups = new(ConnmgrTelemetry.GetMeter(options.MeterFactory).CreateCounter<long>(
        "connmgr.dns_seed.lookups", "{lookup}", "Queries of DNS seeds. Repeated look-ups count as one query. Seeds asked by connecting to them through a proxy are not included."));

    /// <summary>Begins the span of a query.</summary>
    public SpanScope Begin(string host)
    {
        var scope = Spans.Begin(Spans.DnsSeed);
        scope.Span?.SetTag(TelemetryTags.Instance, _instance.Value);
        scope.Span?.SetTag("dns.question.name", host);
        return scope;
    }

    public static void GaveUp(Activity? span)
    {
        span?.SetTag(TelemetryTags.Outcome, OutcomeWord.GetWord(ConnectFailureCause.Canceled));
        span?.SetTag("connmgr.dns_seed.addresses", 0);
    }

    /// <summary>
    /// Counts a query. The tag has few values, because it is the seed's name in the parameters of the chain, without the requested
    /// services.
    /// </summary>
    public void Asked(DnsSeedOutcome outcome, Activity? span)
    {
        if (_lookups.IsEnabled)
            _lookups.Add(1, new TagList { _instance, new(TelemetryTags.Seed, outcome.Seed.Host), new(TelemetryTags.Outcome, GetWord(outcome.Failure)) });
        if (span is null)
            return;
        span.SetTag(TelemetryTags.Outcome, GetWord(outcome.Failure));
        span.SetTag("connmgr.dns_seed.addresses", outcome.Addresses.Count);
        if (outcome.Failure != DnsSeedFailure.None)
            Spans.SetError(span, outcome.Exception is { } exception ? Spans.GetErrorType(exception) : GetWord(outcome.Failure), outcome.Exception?.Message);
    }

    private static string GetWord(DnsSeedFailure failure) => failure == DnsSeedFailure.None ? OutcomeWord.Success : TelemetryWords<DnsSeedFailure>.GetWord(failure);
}
