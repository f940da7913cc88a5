namespace Connmgr.Testing;

/// <summary>
/// The figures that a <see cref="MemoryNetwork"/> has counted since it was created. Immutable. Exact when nothing is under way; otherwise
/// they may be of slightly different moments.
/// </summary>
public sealed record MemoryNetworkStatistics
{
    /// <summary>The number of dials started.</summary>
    public required long DialsStarted { get; init; }

    /// <summary>Dials that gave a stream.</summary>
    public required long DialsSucceeded { get; init; }

    /// <summary>Dials that failed: the sum of <see cref="DialFailures"/>.</summary>
    public required long DialsFailed { get; init; }

    /// <summary>Dials that ended because their token was cancelled.</summary>
    public required long DialsCanceled { get; init; }

    /// <summary>Dials that failed, by cause. Causes that did not occur are absent.</summary>
    public required IReadOnlyDictionary<ConnectFailureCause, long> DialFailures { get; init; }

    /// <summary>Dials that have not ended.</summary>
    public long DialsInProgress => DialsStarted - DialsSucceeded - DialsFailed - DialsCanceled;

    /// <summary>Connections that a <see cref="MemoryListener"/> has handed out.</summary>
    public required long Accepted { get; init; }

    /// <summary>Streams made for dialers.</summary>
    public required long DialerStreamsOpened { get; init; }

    /// <summary>Streams of dialers that were disposed, each counted once.</summary>
    public required long DialerStreamsDisposed { get; init; }

    /// <summary>Streams made for services and listeners.</summary>
    public required long HostStreamsOpened { get; init; }

    /// <summary>Streams of services and listeners that were disposed, each counted once.</summary>
    public required long HostStreamsDisposed { get; init; }

    /// <summary>
    /// The number of calls of <see cref="Stream.Dispose()"/> and similar methods on streams already disposed. Harmless, but rarely intended.
    /// </summary>
    public required long RepeatedDisposals { get; init; }

    /// <summary>Streams that were not disposed yet.</summary>
    public long StreamsOpen => DialerStreamsOpened - DialerStreamsDisposed + HostStreamsOpened - HostStreamsDisposed;

    /// <summary>Timers that the network has at present.</summary>
    public required long Timers { get; init; }

    /// <summary>Services begun: one for each connection to a host that has one.</summary>
    public required long ServicesStarted { get; init; }

    /// <summary>Services that have ended.</summary>
    public required long ServicesEnded { get; init; }

    /// <summary>
    /// Services that ended with an exception, other than those that the end of the connection or of the network explains
    /// (<see cref="IOException"/>, <see cref="OperationCanceledException"/>, <see cref="ObjectDisposedException"/>).
    /// See <see cref="MemoryNetwork.GetServiceFailures"/>.
    /// </summary>
    public required long ServicesFailed { get; init; }

    /// <summary>Services that have not ended.</summary>
    public long ServicesRunning => ServicesStarted - ServicesEnded;

    /// <summary>Bytes sent, in both directions.</summary>
    public required long BytesMoved { get; init; }
}
