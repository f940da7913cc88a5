using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Writes log lines, for an output that is not a terminal.</summary>
internal sealed class PlainOutput(TextWriter output, TimeProvider timeProvider) : IRunOutput
{
    private readonly EventFeed _feed = new(timeProvider);

    public TimeSpan RefreshInterval { get; } = TimeSpan.FromSeconds(1);

    public void Start(DateTimeOffset time, RunInfo info)
    {
        Line(time, $"network {info.Title}, target {info.Target}");
        foreach (var group in info.Groups)
            Line(time, $"group {group}");
        foreach (var peer in info.Permanent)
            Line(time, $"keeping {AddressText.Format(peer)}");
        foreach (var local in info.Listening)
            Line(time, $"listening at {AddressText.Format(local)}");
        output.Flush();
    }

    public void Write(ConnectionEvent happened) => Lines(_feed.Add(happened));

    public void Seeded(SeedOutcome outcome) => Lines([EventText.Describe(outcome)]);

    public void Quarantined(DateTimeOffset time, AddressQuarantinedEventArgs quarantined)
    {
        // The end of the connection or the failure before it is shown.
    }

    public void Tor(DateTimeOffset time, TorState state) => Lines([EventText.Describe(time, state)]);

    public void Reachable(DateTimeOffset time, ExternalAddress address, bool isAdded) => Lines([EventText.Describe(time, address, isAdded)]);

    public void I2P(DateTimeOffset time, I2PState state) => Lines([EventText.Describe(time, state)]);

    public void PortMapping(DateTimeOffset time, PortMappingState state) => Lines(EventText.Describe(time, state));

    public void Notice(DateTimeOffset time, string text) => Lines([new EventLine(time, EventTone.Warning, SafeText.Line(text, SafeText.MaxNoticeLength))]);

    public void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally) => Lines(_feed.Due());

    public void Full(DateTimeOffset time, TimeSpan afterStart)
    {
        Line(time, $"full after {afterStart.TotalSeconds:0.00} s");
        output.Flush();
    }

    public void Reloading(DateTimeOffset time)
    {
    }

    public void Reloaded(DateTimeOffset time, ReloadOutcome outcome) => Lines(EventText.Describe(time, outcome));

    public void Stopping(DateTimeOffset time, RunEnd end)
    {
        Line(time, "stopping");
        output.Flush();
    }

    public void Summarize(RunSummary summary)
    {
        Lines(_feed.Flush());
        Line(summary.Time, SummaryText.Format(summary));
        output.Flush();
    }

    public void Dispose()
    {
    }

    private void Lines(IEnumerable<EventLine> lines)
    {
        var any = false;
        foreach (var line in lines)
        {
            Line(line.Time, line.Text);
            any = true;
        }

        if (any)
            output.Flush();
    }

    private void Line(DateTimeOffset time, string text)
    {
        output.Write(time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ ", CultureInfo.InvariantCulture));
        output.Write(text);
        output.Write('\n');
    }
}
