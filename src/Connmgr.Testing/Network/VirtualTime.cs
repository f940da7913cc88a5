namespace Connmgr.Testing;

/// <summary>
/// A clock for tests that stands still until it is advanced. It waits for the program to settle before time passes, so that everything
/// happens at its exact time: an hour of reconnecting takes a moment, and gives the same dials at the same times in each run. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The program has settled when no thread of the pool runs or is queued: only time, or the test, can make anything happen then. Work of
/// other tests in the process counts too, and delays the end of the wait, so run such tests on their own: with xUnit, in a collection with
/// <c>DisableParallelization = true</c>. Threads that block count as at rest after a tenth of a second. Work outside of the pool is not seen:
/// threads that the program creates, sockets, timers of another clock.
/// </para>
/// <para>Timers are called one at a time, in the order of their times, on a thread of this clock.</para>
/// </remarks>
/// <example>
/// <code>
/// var time = new VirtualTime();
/// await using var network = new MemoryNetwork(new() { TimeProvider = time });
/// await using var manager = new ConnectionManager(new() { Dial = network.DialAsync, TimeProvider = time });
/// await manager.StartAsync();
/// var request = manager.Connect(peer, permanent: true);
/// await time.AdvanceAsync(TimeSpan.FromHours(1));
/// </code>
/// </example>
public sealed class VirtualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<VirtualTimer> _timers = new(VirtualTimer.ByDue);
    private readonly DateTimeOffset _start;
    private long _elapsed; // In ticks. Written under the lock.
    private long _timersSet;
    private int _isAdvancing;

    /// <summary>Creates a clock.</summary>
    /// <param name="start">The time at which it stands; null for the beginning of 2026, UTC.</param>
    public VirtualTime(DateTimeOffset? start = null) => _start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// The real time that the program has for settling, each time; after it, the wait ends with a <see cref="TimeoutException"/>. From zero.
    /// Default one minute.
    /// </summary>
    public TimeSpan SettleTimeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromMinutes(1);

    /// <summary>The ticks of a second: those of <see cref="TimeSpan"/>.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The zone of this clock: UTC.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Gets the virtual time.</summary>
    /// <returns>The start, and the time by which the clock was advanced since.</returns>
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    /// <summary>Gets the virtual time as a number of ticks.</summary>
    /// <returns>The ticks by which the clock was advanced.</returns>
    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    /// <summary>Creates a timer of this clock. One that is due at once is called when the clock next settles.</summary>
    /// <param name="callback">The callback. An exception from it ends the advance.</param>
    /// <param name="state">The argument of the callback.</param>
    /// <param name="dueTime">The time until the first call; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="period">The time between further calls; zero or <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <returns>The timer.</returns>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until the program has settled, and calls the timers that are due. Time stands still.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when nothing can happen any more without time, or the test.</returns>
    /// <exception cref="TimeoutException">The program did not settle within <see cref="SettleTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">The clock is being advanced already.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="PlatformNotSupportedException">The runtime does not count the threads of its pool that run.</exception>
    public Task SettleAsync(CancellationToken cancellationToken = default) => AdvanceAsync(TimeSpan.Zero, cancellationToken);

    /// <summary>
    /// Lets time pass: from timer to timer, waiting each time until the program has settled. The clock shows the exact time of each timer
    /// when it is called.
    /// </summary>
    /// <param name="by">The time, from zero.</param>
    /// <param name="cancellationToken">Ends the advance where it is.</param>
    /// <returns>A task that completes when that time has passed and the program has settled.</returns>
    /// <exception cref="TimeoutException">The program did not settle within <see cref="SettleTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">The clock is being advanced already.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="PlatformNotSupportedException">The runtime does not count the threads of its pool that run.</exception>
    public Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return RunAsync(() => PassTime(by, static () => false, cancellationToken));
    }

    /// <summary>Lets time pass as <see cref="AdvanceAsync"/> does, until a condition holds. Each time that the program has settled, it is asked for.</summary>
    /// <param name="condition">The condition. It is called while the program is at rest, on a thread of this clock.</param>
    /// <param name="within">The virtual time within which it must hold, from zero.</param>
    /// <param name="cancellationToken">Ends the advance where it is.</param>
    /// <returns>A task that completes when the condition holds. The clock stands at the time at which it began to.</returns>
    /// <exception cref="TimeoutException">
    /// The condition did not hold within <paramref name="within"/>, or the program did not settle within <see cref="SettleTimeout"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The clock is being advanced already.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="PlatformNotSupportedException">The runtime does not count the threads of its pool that run.</exception>
    public Task AdvanceUntilAsync(Func<bool> condition, TimeSpan within, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfLessThan(within, TimeSpan.Zero);
        return RunAsync(() =>
        {
            if (!PassTime(within, condition, cancellationToken))
                throw new TimeoutException(Invariant($"The condition did not hold within {within} of virtual time; it is {GetUtcNow():u} now."));
        });
    }

    /// <summary>Sets, or with no time stops, a timer.</summary>
    internal void Set(VirtualTimer timer, TimeSpan? dueTime)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime is not { } due || timer.IsDisposed)
                return;
            (timer.Due, timer.Order) = (due.Ticks < long.MaxValue - _elapsed ? _elapsed + due.Ticks : long.MaxValue, ++_timersSet);
            _timers.Add(timer);
        }
    }

    private Task RunAsync(Action advance)
    {
        if (Interlocked.Exchange(ref _isAdvancing, 1) != 0)
            throw new InvalidOperationException("The clock is being advanced already. Await that first.");
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Not a thread of the pool: it would count as running itself.
        new Thread(() =>
        {
            Exception? exception = null;
            try
            {
                advance();
            }
            catch (Exception e)
            {
                exception = e;
            }

            Volatile.Write(ref _isAdvancing, 0);
            if (exception is OperationCanceledException canceled)
                done.SetCanceled(canceled.CancellationToken);
            else if (exception is not null)
                done.SetException(exception);
            else
                done.SetResult();
        })
        { IsBackground = true, Name = nameof(VirtualTime) }.Start();
        return done.Task;
    }

    /// <summary>Lets time pass until a condition holds.</summary>
    /// <returns>False if it did not within that time.</returns>
    private bool PassTime(TimeSpan by, Func<bool> condition, CancellationToken cancellationToken)
    {
        var end = GetTimestamp() + by.Ticks;
        while (true)
        {
            ThreadPoolRest.Wait(SettleTimeout, cancellationToken);
            if (condition())
                return true;
            if (!TryTake(end, out var timer))
                return false;
            timer.Call();
        }
    }

    /// <summary>Takes the earliest timer that is due until a time, which the clock then shows; without one, it shows the end.</summary>
    private bool TryTake(long end, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out VirtualTimer? timer)
    {
        lock (_lock)
        {
            timer = _timers.Min is { } first && first.Due <= end ? first : null;
            Interlocked.Exchange(ref _elapsed, Math.Max(_elapsed, timer?.Due ?? end));
            if (timer is null)
                return false;
            Set(timer, timer.Period);
            return true;
        }
    }
}
