namespace Connmgr.Tool;

/// <summary>
/// Selects the events to show as lines: all of them while there are few; otherwise the first ones of each ten seconds, and the number of
/// the others. Not thread-safe.
/// </summary>
internal sealed class EventFeed(TimeProvider timeProvider)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<ConnectFailureCause, long> _failed = [];
    private readonly SortedDictionary<EventTone, int> _shown = [];
    private readonly SortedDictionary<EventTone, long> _hidden = [];
    private long? _since;

    /// <summary>Adds an event.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>The lines to show now: the line of the event, if it is shown, and those that are due.</returns>
    public IEnumerable<EventLine> Add(ConnectionEvent happened)
    {
        foreach (var due in Due())
            yield return due;
        if (EventText.Describe(happened) is not { } line)
            yield break;
        _since ??= timeProvider.GetTimestamp();
        var shown = _shown.GetValueOrDefault(line.Tone);
        _shown[line.Tone] = shown + 1;
        if (shown < GetMax(line.Tone))
            yield return line;
        else
            Hide(happened, line.Tone);
    }

    /// <summary>Gets the lines that are due: those with the number of events that were not shown.</summary>
    public IEnumerable<EventLine> Due() => _since is { } since && timeProvider.GetElapsedTime(since) >= Window ? Flush() : [];

    /// <summary>Gets the lines with the number of events that were not shown, due or not.</summary>
    public IReadOnlyList<EventLine> Flush()
    {
        var lines = _hidden.Select(hidden => new EventLine(timeProvider.GetUtcNow(), hidden.Key, Text(hidden.Key, hidden.Value))).ToList();
        _since = null;
        _failed.Clear();
        _shown.Clear();
        _hidden.Clear();
        return lines;
    }

    private void Hide(ConnectionEvent happened, EventTone tone)
    {
        _hidden[tone] = _hidden.GetValueOrDefault(tone) + 1;
        var cause = happened switch
        {
            AttemptFailed { Outcome.Cause: var failed } => failed,
            InboundRefused { Cause: var refused } => refused,
            _ => ConnectFailureCause.None,
        };
        if (cause != ConnectFailureCause.None)
            _failed[cause] = _failed.GetValueOrDefault(cause) + 1;
    }

    private string Text(EventTone tone, long count)
    {
        var what = tone switch
        {
            EventTone.Failed => $"failed: {RunTally.Describe(_failed)}",
            EventTone.Good => "connected",
            EventTone.Lost => "disconnected",
            _ => "of other kinds",
        };
        return $"and {count} more {what}";
    }

    private static int GetMax(EventTone tone) => tone == EventTone.Failed ? 10 : 50;
}
