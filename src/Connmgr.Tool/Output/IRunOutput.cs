using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Receives the events of a run. There is one caller, which makes one call at a time, in this order: <see cref="Start"/>; the others; <see
/// cref="Stopping"/>; the remaining events; <see cref="Summarize"/>. Disposing it restores the terminal, at any time.
/// </summary>
internal interface IRunOutput : IDisposable
{
    /// <summary>The interval at which <see cref="Refresh"/> is called; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    TimeSpan RefreshInterval { get; }

    void Start(DateTimeOffset time, RunInfo info);

    void Write(ConnectionEvent happened);

    /// <summary>Reports that a seed has answered or failed.</summary>
    void Seeded(SeedOutcome outcome);

    /// <summary>Reports that an address rests in quarantine from now on.</summary>
    void Quarantined(DateTimeOffset time, AddressQuarantinedEventArgs quarantined);

    /// <summary>Reports a change of Tor's control port.</summary>
    void Tor(DateTimeOffset time, TorState state);

    /// <summary>Reports that others can reach the run at an address, or no longer.</summary>
    void Reachable(DateTimeOffset time, ExternalAddress address, bool isAdded);

    /// <summary>Reports a change of I2P.</summary>
    void I2P(DateTimeOffset time, I2PState state);

    /// <summary>Reports a change of the port mappings.</summary>
    void PortMapping(DateTimeOffset time, PortMappingState state);

    /// <summary>Reports a message to the user.</summary>
    void Notice(DateTimeOffset time, string text);

    /// <summary>Reports the current state.</summary>
    void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally);

    /// <summary>Reports that nothing is missing for the first time.</summary>
    void Full(DateTimeOffset time, TimeSpan afterStart);

    /// <summary>Reports that the configuration is being reloaded. <see cref="Reloaded"/> follows, unless the run ends before.</summary>
    void Reloading(DateTimeOffset time);

    /// <summary>Reports the outcome of a reload.</summary>
    void Reloaded(DateTimeOffset time, ReloadOutcome outcome);

    void Stopping(DateTimeOffset time, RunEnd end);

    void Summarize(RunSummary summary);
}
