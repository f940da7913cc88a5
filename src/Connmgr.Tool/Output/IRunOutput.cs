namespace Connmgr.Tool;

/// <summary>
/// Where a run tells what happens. Called by one caller, one call at a time, in this order: <see cref="Start"/>; the others;
/// <see cref="Stopping"/>; events that are left; <see cref="Summarize"/>. Disposing it gives the terminal back, whenever that comes.
/// </summary>
internal interface IRunOutput : IDisposable
{
    /// <summary>How often <see cref="Refresh"/> is to be called; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    TimeSpan RefreshInterval { get; }

    void Start(DateTimeOffset time, RunInfo info);

    void Write(ConnectionEvent happened);

    /// <summary>A seed has answered, or failed.</summary>
    void Seeded(SeedOutcome outcome);

    /// <summary>What Tor's control port says has changed.</summary>
    void Tor(DateTimeOffset time, TorState state);

    /// <summary>Something that its user should know, in words.</summary>
    void Notice(DateTimeOffset time, string text);

    /// <summary>How things stand.</summary>
    void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally);

    /// <summary>Nothing is missing, for the first time.</summary>
    void Full(DateTimeOffset time, TimeSpan afterStart);

    /// <summary>The configuration is being read again; <see cref="Reloaded"/> follows, unless the run ends before.</summary>
    void Reloading(DateTimeOffset time);

    /// <summary>What came of that.</summary>
    void Reloaded(DateTimeOffset time, ReloadOutcome outcome);

    void Stopping(DateTimeOffset time, RunEnd end);

    void Summarize(RunSummary summary);
}
