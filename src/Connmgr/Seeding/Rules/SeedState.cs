namespace Connmgr.Rules;

/// <summary>The state of one seed in the rules of seeding.</summary>
internal sealed class SeedState(int index)
{
    /// <summary>Its number in the plan.</summary>
    public int Index { get; } = index;

    /// <summary>The number of queries.</summary>
    public int Asked { get; private set; }

    /// <summary>The number of consecutive queries without an address.</summary>
    public int Failures { get; private set; }

    public bool IsUnderWay { get; private set; }

    /// <summary>From when on it may be asked. Zero until it has been.</summary>
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

    /// <summary>Makes what failed due, though not within <paramref name="pause"/> of its end: a network may change many times a minute.</summary>
    public void Forgive(TimeSpan pause)
    {
        if (Failures == 0 || IsUnderWay)
            return;
        Failures = 0;
        var due = EndedAt + pause;
        if (due < DueAt)
            DueAt = due;
    }
}
