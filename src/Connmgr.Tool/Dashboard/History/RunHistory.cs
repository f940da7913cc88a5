using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>
/// The recorded history of a run: intervals of a second for a quarter of an hour, intervals of a minute for a day, and the last decisions
/// of each tone, so that frequent failures do not push out rare events. Its size is bounded, whatever peers do. It uses no clock.
/// Thread-safe.
/// </summary>
internal sealed class RunHistory
{
    /// <summary>The number of intervals of a second.</summary>
    public const int Seconds = 15 * 60;

    /// <summary>The number of intervals of a minute.</summary>
    public const int Minutes = 24 * 60;

    /// <summary>The number of decisions of each tone.</summary>
    public const int DecisionsPerTone = 200;

    private const int MaxDialsUnderWay = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<HistoryPoint> _seconds = new();
    private readonly Queue<HistoryPoint> _minutes = new();
    private readonly Dictionary<string, Queue<DecisionItem>> _decisions = new(StringComparer.Ordinal);
    private readonly Dictionary<long, DateTimeOffset> _dials = [];
    private readonly HistoryBucket _second = new();
    private readonly HistoryBucket _minute = new();
    private readonly RunTally _tally = new();
    private int _secondsOfMinute;
    private long _lastNumber;

    /// <summary>Records an event.</summary>
    public void Add(ConnectionEvent happened)
    {
        lock (_lock)
        {
            _tally.Add(happened);
            _second.Add(happened);
            _minute.Add(happened);
            Time(happened);
            if (DecisionItem.From(happened) is { } decision)
                Keep(decision with { Number = ++_lastNumber });
        }
    }

    /// <summary>Ends an interval of a second, and every sixtieth time one of a minute.</summary>
    public void Sample(HistoryGauge now)
    {
        lock (_lock)
        {
            Enqueue(_seconds, _second.Close(now), Seconds);
            if (++_secondsOfMinute < 60)
                return;
            _secondsOfMinute = 0;
            Enqueue(_minutes, _minute.Close(now), Minutes);
        }
    }

    /// <summary>Gets the intervals that ended after a time, the oldest first.</summary>
    /// <param name="ofMinutes">True for intervals of a minute, false for intervals of a second.</param>
    /// <param name="after">The time, in milliseconds since 1970.</param>
    public ImmutableArray<HistoryPoint> Points(bool ofMinutes, long after)
    {
        lock (_lock)
            return [.. (ofMinutes ? _minutes : _seconds).Where(point => point.Time > after)];
    }

    /// <summary>Gets the decisions after a number, the oldest first.</summary>
    public ImmutableArray<DecisionItem> Decisions(long after)
    {
        lock (_lock)
            return [.. _decisions.Values.SelectMany(kept => kept).Where(decision => decision.Number > after).OrderBy(decision => decision.Number)];
    }

    /// <summary>Gets the counts since the start.</summary>
    public TallyItem Tally()
    {
        lock (_lock)
            return TallyItem.From(_tally);
    }

    /// <summary>Measures dials. Only one attempt of a request at a time can be established.</summary>
    private void Time(ConnectionEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted { RequestId: var id, Time: var time } when _dials.Count < MaxDialsUnderWay || _dials.ContainsKey(id):
                _dials[id] = time;
                break;
            case AttemptFailed { Outcome.RequestId: var id }:
                _dials.Remove(id);
                break;
            case ConnectionEstablished { Connection.Id: var id, Time: var time } when _dials.Remove(id, out var begun):
                var milliseconds = (time - begun).TotalMilliseconds;
                _second.AddDuration(milliseconds);
                _minute.AddDuration(milliseconds);
                break;
            case EventsDropped:
                _dials.Clear(); // It is unknown how some of them ended.
                break;
            default:
                break; // Not a dial.
        }
    }

    private void Keep(DecisionItem decision)
    {
        if (!_decisions.TryGetValue(decision.Tone, out var kept))
            _decisions[decision.Tone] = kept = new Queue<DecisionItem>();
        Enqueue(kept, decision, DecisionsPerTone);
    }

    private static void Enqueue<T>(Queue<T> kept, T item, int max)
    {
        if (kept.Count == max)
            kept.Dequeue();
        kept.Enqueue(item);
    }
}
