namespace Connmgr.Bitcoin;

/// <summary>Counts the trials that have ended, by outcome, without those that were given up. Thread-safe.</summary>
internal sealed class TrialTally
{
    private readonly long[] _counts = new long[Enum.GetValues<TrialOutcome>().Length]; // By outcome. Written by interlocked operations.

    public void Add(TrialOutcome outcome) => Interlocked.Increment(ref _counts[(int)outcome]);

    public long Count(TrialOutcome outcome) => Interlocked.Read(ref _counts[(int)outcome]);
}

/// <summary>The outcomes of trials.</summary>
internal enum TrialOutcome
{
    /// <summary>It was not connected, or lacks what the group requires.</summary>
    Failed,

    /// <summary>It was connected, and ended without a place.</summary>
    Rejected,

    /// <summary>It took the place of a peer.</summary>
    Promoted,
}
