namespace Connmgr.Rules;

/// <summary>The state of one seed in the rules of seeding.</summary>
internal sealed class SeedState(int index)
{
    /// <summary>The index in the plan.</summary>
    public int Index { get; } = index;

    /// <summary>The number of queries, including a running one.</summary>
    public int Asked { get; private set; }

    /// <summary>The number of consecutive queries that ended without an address.</summary>
    public int Failures { get; private set; }

    public bool IsUnderWay { get; private set; }

    /// <summary>The time from which it may be asked again. Zero before the end of the first query.</summary>
    public TimeSpan DueAt { get; private set; }

    private TimeSpan EndedAt { get; set; }

    public void Begin()
    {
        IsUnderWay = true;
        Asked++;
    }

    public void End(bool gave, TimeSpan now, SeedingTimetable timetable, Random random)
    {
        IsUnderWay = false;
        EndedAt = now;
        Failures = gave ? 0 : Failures + 1;
        DueAt = now + (gave
            ? Backoff.Delay(1, timetable.MaxRetryDuration, timetable.MaxRetryDuration, random)
            : Backoff.Delay(Failures, timetable.RetryDuration, timetable.MaxRetryDuration, random));
    }

    /// <summary>
    /// Makes a failed seed due, but not before <paramref name="pause"/> after its last query, because a network may change many times a
    /// minute.
    /// </summary>
    public void ResetFailures(TimeSpan pause)
    {
        if (Failures == 0 || IsUnderWay)
            return;
        Failures = 0;
        var due = EndedAt + pause;
        if (due < DueAt)
            DueAt = due;
    }
}
