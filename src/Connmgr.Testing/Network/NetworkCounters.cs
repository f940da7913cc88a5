namespace Connmgr.Testing;

/// <summary>The counters of a network. Thread-safe.</summary>
internal sealed class NetworkCounters
{
    private readonly long[] _dialFailures = new long[Enum.GetValues<ConnectFailureCause>().Length];
    private long _dialsStarted;
    private long _dialsSucceeded;
    private long _dialsCanceled;
    private long _dialerStreamsOpened;
    private long _dialerStreamsDisposed;
    private long _hostStreamsOpened;
    private long _hostStreamsDisposed;
    private long _disposedAgain;
    private long _timers;
    private long _accepted;
    private long _servicesStarted;
    private long _servicesEnded;
    private long _servicesFailed;
    private long _bytesMoved;

    public void DialStarted() => Interlocked.Increment(ref _dialsStarted);

    public void DialSucceeded() => Interlocked.Increment(ref _dialsSucceeded);

    public void DialCanceled() => Interlocked.Increment(ref _dialsCanceled);

    public void DialFailed(ConnectFailureCause cause) => Interlocked.Increment(ref _dialFailures[(int)cause]);

    public void LinkOpened()
    {
        Interlocked.Increment(ref _dialerStreamsOpened);
        Interlocked.Increment(ref _hostStreamsOpened);
    }

    public void StreamDisposed(LinkSide side) =>
        Interlocked.Increment(ref side == LinkSide.Dialer ? ref _dialerStreamsDisposed : ref _hostStreamsDisposed);

    public void DisposedAgain() => Interlocked.Increment(ref _disposedAgain);

    public void TimerCreated() => Interlocked.Increment(ref _timers);

    public void TimerDisposed() => Interlocked.Decrement(ref _timers);

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void ServiceStarted() => Interlocked.Increment(ref _servicesStarted);

    public void ServiceEnded() => Interlocked.Increment(ref _servicesEnded);

    public void ServiceFailed() => Interlocked.Increment(ref _servicesFailed);

    public void BytesMoved(int count) => Interlocked.Add(ref _bytesMoved, count);

    public MemoryNetworkStatistics Snapshot()
    {
        var failures = new Dictionary<ConnectFailureCause, long>();
        for (var i = 0; i < _dialFailures.Length; i++)
        {
            if (Interlocked.Read(ref _dialFailures[i]) is > 0 and var count) failures.Add((ConnectFailureCause)i, count);
        }

        // Ends are read before starts, so that nothing appears to have ended more often than it started.
        var dialsSucceeded = Interlocked.Read(ref _dialsSucceeded);
        var dialsCanceled = Interlocked.Read(ref _dialsCanceled);
        var dialerStreamsDisposed = Interlocked.Read(ref _dialerStreamsDisposed);
        var hostStreamsDisposed = Interlocked.Read(ref _hostStreamsDisposed);
        var servicesEnded = Interlocked.Read(ref _servicesEnded);
        return new MemoryNetworkStatistics
        {
            DialsStarted = Interlocked.Read(ref _dialsStarted),
            DialsSucceeded = dialsSucceeded,
            DialsFailed = failures.Values.Sum(),
            DialsCanceled = dialsCanceled,
            DialFailures = failures,
            Accepted = Interlocked.Read(ref _accepted),
            DialerStreamsOpened = Interlocked.Read(ref _dialerStreamsOpened),
            DialerStreamsDisposed = dialerStreamsDisposed,
            HostStreamsOpened = Interlocked.Read(ref _hostStreamsOpened),
            HostStreamsDisposed = hostStreamsDisposed,
            RepeatedDisposals = Interlocked.Read(ref _disposedAgain),
            Timers = Interlocked.Read(ref _timers),
            ServicesStarted = Interlocked.Read(ref _servicesStarted),
            ServicesEnded = servicesEnded,
            ServicesFailed = Interlocked.Read(ref _servicesFailed),
            BytesMoved = Interlocked.Read(ref _bytesMoved),
        };
    }
}
