namespace Connmgr;

/// <summary>
/// Sessions that are made ahead, for one connection each: a dial takes one whose tunnels are there, and the next one is made meanwhile.
/// Thread-safe.
/// </summary>
/// <param name="create">Makes a session, within a time limit. Must not throw before it returns its task.</param>
/// <param name="spare">The number of sessions to keep ready.</param>
/// <param name="pauses">The pauses after failures.</param>
/// <param name="time">The clock.</param>
/// <param name="onOutcome">Called by the run with the failure of each session, null for one that was made.</param>
internal sealed class SamSessionPool(
    Func<CancellationToken, Task<SamSession>> create, int spare, RetryPauses pauses, TimeProvider time, Action<string?> onOutcome)
{
    /// <summary>The most sessions that are made at a time: each costs the router, and others, the building of tunnels.</summary>
    private const int MaxMaking = 3;

    /// <summary>The most sessions that are kept, with those that came back unused. As in Bitcoin Core.</summary>
    private const int MaxReady = 10;

    /// <summary>Sessions that no dial took and that end sooner are made again only after a pause.</summary>
    private static readonly TimeSpan UsefulSession = TimeSpan.FromMinutes(1);

    /// <summary>Sessions beyond the spare ones, which came back unused, end when no dial takes them for this time.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Queue<(SamSession Session, long Since)> _ready = new();
    private readonly LinkedList<TaskCompletionSource<SamSession>> _waiting = new();
    private TaskCompletionSource _changed = NewSignal();
    private string? _failure;
    private long _madeAt; // The time of the last session that was made. Under the lock.
    private int _dropped; // The sessions that ended too soon, before a dial took them, and that the run does not know of yet. Under the lock.

    /// <summary>Takes a session, which then belongs to the caller.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SamException">None can be made; the message says why.</exception>
    public async Task<SamSession> TakeAsync(CancellationToken cancellationToken)
    {
        var waiter = new TaskCompletionSource<SamSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            DropEnded();
            Signal();
            if (_ready.TryDequeue(out var ready))
                return ready.Session;
            if (_failure is { } failure)
                throw new SamException(failure);
            _waiting.AddLast(waiter);
        }

        try
        {
            return await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            bool isGiven;
            lock (_lock)
                isGiven = !_waiting.Remove(waiter) && waiter.Task.IsCompletedSuccessfully;
            if (isGiven)
                GiveBack(await waiter.Task.ConfigureAwait(false));
            throw;
        }
    }

    /// <summary>Gives an unused session back, for another connection.</summary>
    public void GiveBack(SamSession session)
    {
        lock (_lock)
        {
            if (!session.Ended.IsCompleted && _failure is null && Add(session))
                return;
        }

        session.Dispose();
    }

    /// <summary>Makes sessions until it is cancelled, and then ends those that no dial took.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var making = new List<Task<SamSession>>();
        Task? pause = null;
        var useless = 0; // Those that ended too soon and have not been replaced.
        ITimer? idle = null; // Wakes the run when a session has been idle for too long.
        var stopped = NewSignal(); // Not Wake: a wake-up that comes before this looks for the next one is lost.
        using (cancellationToken.UnsafeRegister(static signal => ((TaskCompletionSource)signal!).TrySetResult(), stopped))
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var (wanted, dropped, dropsIn, wake) = GetWanted();
                if (dropsIn is { } left)
                {
                    idle ??= time.CreateTimer(static pool => ((SamSessionPool)pool!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    idle.Change(left, Timeout.InfiniteTimeSpan);
                }

                useless += dropped;
                if (dropped > 0)
                    pause ??= Task.Delay(pauses.Next(), time, cancellationToken);
                for (var missing = Math.Min(wanted, MaxMaking) - making.Count; missing > 0 && pause is null; missing--)
                    making.Add(create(cancellationToken));
                await Task.WhenAny([stopped.Task, .. wake, .. making, .. pause is null ? Array.Empty<Task>() : [pause]]).ConfigureAwait(false);
                if (pause is { IsCompleted: true })
                    pause = null;
                foreach (var made in making.FindAll(static task => task.IsCompleted))
                {
                    making.Remove(made);
                    if (!await AcceptAsync(made, cancellationToken).ConfigureAwait(false))
                        pause ??= Task.Delay(pauses.Next(), time, cancellationToken);
                    else if (useless > 0)
                        useless--; // The new one may end as soon: the pauses go on growing.
                    else
                        pauses.Reset();
                }
            }
        }

        if (idle is not null)
            await idle.DisposeAsync().ConfigureAwait(false);
        foreach (var late in making)
            await AcceptAsync(late, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            Fail("the controller has ended");
            while (_ready.TryDequeue(out var ready))
                ready.Session.Dispose();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes what became of a session.</summary>
    /// <returns>False if it could not be made.</returns>
    private async Task<bool> AcceptAsync(Task<SamSession> made, CancellationToken cancellationToken)
    {
        string? failure = null;
        try
        {
            var session = await made.ConfigureAwait(false);
            lock (_lock)
            {
                (_failure, _madeAt) = (null, time.GetTimestamp());
                if (!Add(session))
                    session.Dispose();
            }
        }
        catch (Exception exception)
        {
            failure = exception.Message.TrimEnd('.');
            lock (_lock)
                Fail(failure);
        }

        if (!cancellationToken.IsCancellationRequested)
            onOutcome(failure);
        return failure is null;
    }

    /// <summary>
    /// Gets the number of sessions to be made, that of those that ended too soon since the last call, and what changes them: events, and the time
    /// until the oldest one beyond the spare ones has been idle for too long.
    /// </summary>
    private (int Wanted, int Dropped, TimeSpan? DropsIn, IEnumerable<Task> Wake) GetWanted()
    {
        lock (_lock)
        {
            DropEnded();
            var dropsIn = DropIdle();
            var dropped = _dropped;
            _dropped = 0;

            // After a failure one is made even without a waiting dial: only a session shows that dials can go on.
            return (
                Math.Max(_failure is null ? 0 : 1, spare + _waiting.Count - _ready.Count),
                dropped,
                dropsIn,
                [_changed.Task, .. _ready.Select(static ready => ready.Session.Ended)]);
        }
    }

    private bool Add(SamSession session)
    {
        if (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            first.Value.SetResult(session);
            return true;
        }

        if (_ready.Count >= MaxReady)
            return false;
        _ready.Enqueue((session, time.GetTimestamp()));
        Signal();
        return true;
    }

    private void Fail(string failure)
    {
        _failure = failure;
        foreach (var waiter in _waiting)
            waiter.SetException(new SamException(failure));
        _waiting.Clear();
    }

    private void DropEnded()
    {
        for (var left = _ready.Count; left > 0; left--)
        {
            var ready = _ready.Dequeue();
            if (!ready.Session.Ended.IsCompleted)
                _ready.Enqueue(ready);
            else if (time.GetElapsedTime(_madeAt) < UsefulSession)
                _dropped++;
        }
    }

    /// <summary>Ends the sessions that have been idle for too long.</summary>
    /// <returns>The time until the next one has been; null if there is none. In whole milliseconds, at least one: timers count no less.</returns>
    private TimeSpan? DropIdle()
    {
        if (_ready.Count <= spare)
            return null;
        var now = time.GetTimestamp(); // Once: later readings would make the time that is left negative.
        while (_ready.Count > spare)
        {
            var left = LongestIdle - time.GetElapsedTime(_ready.Peek().Since, now);
            if (left > TimeSpan.Zero)
                return TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
            _ready.Dequeue().Session.Dispose();
        }

        return null;
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    private void Wake()
    {
        lock (_lock)
            Signal();
    }
}
