using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>A live view of the run on a terminal. It is drawn four times a second if something has changed.</summary>
internal sealed class LiveOutput(TerminalScreen screen, TimeProvider timeProvider) : IRunOutput
{
    private const int MaxEvents = 200;

    private readonly EventFeed _feed = new(timeProvider);
    private readonly Queue<EventLine> _events = [];
    private RunInfo? _info;
    private long _startedAt;
    private TimeSpan? _timeToFull;
    private bool _isStopping;

    public TimeSpan RefreshInterval { get; } = TimeSpan.FromMilliseconds(250);

    public void Start(DateTimeOffset time, RunInfo info)
    {
        (_info, _startedAt) = (info, timeProvider.GetTimestamp());
        foreach (var local in info.Listening)
            Keep(new EventLine(time, EventTone.Plain, $"listening at {AddressText.Format(local)}"));
        Paint(new LiveState { Info = info, Target = info.Target, Permanent = info.Permanent.Length, MaxInbound = info.MaxInbound });
    }

    public void Write(ConnectionEvent happened) => Keep(_feed.Add(happened));

    public void Seeded(SeedOutcome outcome) => Keep(EventText.Describe(outcome));

    public void Quarantined(DateTimeOffset time, AddressQuarantinedEventArgs quarantined)
    {
        // The end of the connection or the failure before it is shown.
    }

    public void Tor(DateTimeOffset time, TorState state) => Keep(EventText.Describe(time, state));

    public void Reachable(DateTimeOffset time, ExternalAddress address, bool isAdded) => Keep(EventText.Describe(time, address, isAdded));

    public void I2P(DateTimeOffset time, I2PState state) => Keep(EventText.Describe(time, state));

    public void PortMapping(DateTimeOffset time, PortMappingState state)
    {
        foreach (var line in EventText.Describe(time, state))
            Keep(line);
    }

    public void Notice(DateTimeOffset time, string text) => Keep(new EventLine(time, EventTone.Warning, SafeText.Line(text)));

    public void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally)
    {
        Keep(_feed.Due());
        var (status, tone) = Status(snapshot, facts);
        Paint(new LiveState
        {
            Info = _info!,
            Uptime = timeProvider.GetElapsedTime(_startedAt),
            Status = status,
            StatusTone = tone,
            Target = snapshot.TargetOutbound,
            Groups = GroupItem.FindNamed(snapshot),
            Permanent = snapshot.Requests.Count(request => request.Kind == ConnectionKind.Permanent),
            MaxInbound = snapshot.MaxInbound,
            AutomaticConnected = snapshot.Count(ConnectionKind.Automatic),
            PermanentConnected = snapshot.Count(ConnectionKind.Permanent),
            InboundConnected = snapshot.Count(ConnectionKind.Inbound),
            Facts = facts,
            Dials = tally.Dials,
            Failed = tally.FailedTotal,
            FailedByCause = tally.DescribeFailed(),
            Peers = [.. snapshot.Connections.Select(connected => new LivePeer(PeerDetails.From(connected.Connection), connected.Age))],
            Attempts = snapshot.Attempts,
            Events = [.. _events],
        });
    }

    public void Full(DateTimeOffset time, TimeSpan afterStart)
    {
        _timeToFull = afterStart;
        Keep(new EventLine(time, EventTone.Good, $"full after {afterStart.TotalSeconds:0.00} s"));
    }

    public void Reloading(DateTimeOffset time)
    {
    }

    public void Reloaded(DateTimeOffset time, ReloadOutcome outcome) => Keep(EventText.Describe(time, outcome));

    public void Stopping(DateTimeOffset time, RunEnd end) => _isStopping = true;

    public void Summarize(RunSummary summary) => screen.Close(SummaryText.Format(summary));

    public void Dispose() => screen.Dispose();

    private (string Text, EventTone Tone) Status(ConnectionManagerSnapshot snapshot, RunFacts facts)
    {
        if (_isStopping)
            return ("stopping", EventTone.Warning);
        if (snapshot.IsOutage)
            return ("no answer from the network", EventTone.Warning);
        if (!snapshot.IsFull)
            return facts.Shortage is { Explanation: { Length: > 0 } why } ? ($"not full: {why}", EventTone.Warning) : ("filling", EventTone.Lost);
        return (_timeToFull is { } time ? $"full, first after {time.TotalSeconds:0.0} s" : "full", EventTone.Good);
    }

    private void Paint(LiveState state) => screen.Paint((width, height) => LiveView.Render(state, width, height));

    private void Keep(IEnumerable<EventLine> lines)
    {
        foreach (var line in lines)
            Keep(line);
    }

    private void Keep(EventLine line)
    {
        _events.Enqueue(line);
        if (_events.Count > MaxEvents)
            _events.Dequeue();
    }
}
