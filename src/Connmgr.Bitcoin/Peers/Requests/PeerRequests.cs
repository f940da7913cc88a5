namespace Connmgr.Bitcoin;

/// <summary>
/// The requests of one peer that are under way. The peer's loop offers them its messages; an answer goes to the oldest request that it
/// matches. Thread-safe, except for <see cref="Offer"/>.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="pauses">The pauses in which the peer is not read, which do not count as its time.</param>
/// <param name="wake">The signal that wakes the loop.</param>
/// <param name="describe">Describes the reason for the end of the connection. Must be quick.</param>
internal sealed class PeerRequests(TimeProvider time, ReadPauses pauses, LoopSignal wake, Func<Exception, string> describe)
{
    /// <summary>The longest timeout.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    /// <summary>The most pings that the program may have under way. Nothing else that it asks is so cheap to send in a loop.</summary>
    public const int MostPings = 64;

    private readonly Lock _lock = new();
    private readonly AnswerTimes _times = new(); // Guarded by _lock.
    private volatile PendingRequest[] _pending = []; // In the order of the calls. Replaced under _lock.
    private Exception? _end; // The reason for the end. Guarded by _lock.
    private long _answered; // Requests whose last answer came. Interlocked.
    private long _timedOut; // Requests whose answer did not come in time. Interlocked.
    private PendingRequest? _claimed; // The request that has claimed the message offered last, but had no room. Used by the loop.
    private PendingPing? _inOrder; // The ping that is answered by the message offered last. Used by the loop.

    /// <summary>True while a request is under way.</summary>
    public bool AreUnderWay => _pending.Length > 0;

    /// <summary>The number of requests that are under way.</summary>
    public int Count => _pending.Length;

    /// <summary>The number of requests that were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>The number of requests that were not answered in time.</summary>
    public long TimedOut => Interlocked.Read(ref _timedOut);

    /// <summary>Determines whether a request waits for messages with a command.</summary>
    public bool Await(MessageCommand command)
    {
        foreach (var request in _pending)
        {
            if (request.Expects(command))
                return true;
        }

        return false;
    }

    /// <summary>Determines whether a request is under way.</summary>
    public bool IsUnderWay(PendingRequest request) => Array.IndexOf(_pending, request) >= 0;

    /// <summary>Adds a request that is about to be sent.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="InvalidOperationException">It is a ping, and too many are under way.</exception>
    public void Add(PendingRequest request)
    {
        lock (_lock)
        {
            if (_end is not null)
                throw Ended(request, _end);

            request.Ahead = _pending.Count(other => other.Command == request.Command);
            if (request is PendingPing && request.Ahead >= MostPings)
                throw new InvalidOperationException(Invariant($"{MostPings} pings of this peer are under way: wait for one of them before the next."));

            request.Since = time.GetTimestamp();
            _pending = [.. _pending, request];
        }

        wake.Set();
    }

    /// <summary>Notes that a request has been sent: from here on the peer's time counts.</summary>
    public void MarkSent(PendingRequest request)
    {
        lock (_lock)
            request.Since = time.GetTimestamp();
    }

    /// <summary>Ends a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isAnswered">True if its last answer came.</param>
    /// <returns>False if it has ended before.</returns>
    public bool TryEnd(PendingRequest request, bool isAnswered)
    {
        lock (_lock)
        {
            var index = Array.IndexOf(_pending, request);
            if (index < 0)
                return false;

            _pending = [.. _pending[..index], .. _pending[(index + 1)..]];
            if (isAnswered && request.IsCounted)
            {
                if (request is PendingAnswer)
                    AddAnswerLocked(request);
                Interlocked.Increment(ref _answered);
            }
        }

        wake.Set(); // A message that waits for room in it is free again.
        return true;
    }

    /// <summary>Takes note of an answer of a stream, which goes on.</summary>
    public void AddAnswer(PendingRequest request)
    {
        lock (_lock)
            AddAnswerLocked(request);
    }

    /// <summary>Offers a message to the requests. Runs the users' predicates. Called by the loop, one message at a time.</summary>
    public OfferResult Offer(in BitcoinMessage message)
    {
        if (_claimed is { } claimed && Give(claimed, message) is not OfferResult.NotAwaited and var given)
            return given;

        foreach (var request in _pending)
        {
            if (request.Expects(message.Command) && Matches(request, message) && Give(request, message) is not OfferResult.NotAwaited and var result)
                return result;
        }

        return OfferResult.NotAwaited;
    }

    /// <summary>Takes the ping to which <see cref="OfferResult.InOrder"/> refers.</summary>
    public PendingPing TakePing() => _inOrder!;

    /// <summary>Ends all requests. Later ones fail at once.</summary>
    /// <param name="reason">The reason for the end of the connection.</param>
    public void End(Exception reason) => End(reason, static _ => true);

    /// <summary>
    /// Ends the requests whose answer has not come, since nothing more is read. Those whose answer waits for its turn complete then. Later
    /// ones fail at once.
    /// </summary>
    /// <param name="reason">The reason for the end of the connection.</param>
    public void EndReading(Exception reason) => End(reason, static request => !request.HasArrived);

    /// <summary>Waits for an answer of a request.</summary>
    /// <param name="request">The request, which has been sent.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="timeout">The timeout; null for the one that the peer's earlier answers suggest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The answer did not come in time. The request has ended.</exception>
    public async Task<T> WaitAsync<T>(PendingRequest request, Task<T> answer, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var pausedBefore = pauses.Total(began);
        var limit = timeout ?? GetTimeout(request);
        var left = limit;
        while (!answer.IsCompleted && (left > TimeSpan.Zero || limit == Timeout.InfiniteTimeSpan))
        {
            await ((Task)answer).WaitAsync(TimerWait.RoundUp(left), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompleted)
                break;

            if (cancellationToken.IsCancellationRequested && TryEnd(request, isAnswered: false))
                cancellationToken.ThrowIfCancellationRequested();
            if (!IsUnderWay(request))
                break; // Its answer has just been taken, so it completes at once.

            var now = time.GetTimestamp();
            left = limit - time.GetElapsedTime(began + pauses.Total(now) - pausedBefore, now);
        }

        if (!answer.IsCompleted && TryEnd(request, isAnswered: false))
        {
            AddTimeout(request, isAdaptive: timeout is null);
            throw new TimeoutException(Invariant($"The peer did not answer '{request.Command}' within {limit.TotalSeconds:0.###} s."));
        }

        return await answer.ConfigureAwait(false);
    }

    private void End(Exception reason, Func<PendingRequest, bool> ends)
    {
        PendingRequest[] ended;
        lock (_lock)
        {
            _end ??= reason;
            ended = Array.FindAll(_pending, new(ends));
            _pending = Array.FindAll(_pending, request => !ends(request));
        }

        foreach (var request in ended)
            request.Fail(Ended(request, reason));
        wake.Set();
    }

    private TimeSpan GetTimeout(PendingRequest request)
    {
        lock (_lock)
        {
            var timeout = _times.GetTimeout(request.Command).TotalSeconds * (1 + request.Ahead);
            request.Ahead = 0; // The next answer of a stream follows the one before.
            return TimeSpan.FromSeconds(Math.Min(timeout, LongestTimeout.TotalSeconds));
        }
    }

    private void AddTimeout(PendingRequest request, bool isAdaptive)
    {
        if (!request.IsCounted)
            return;

        Interlocked.Increment(ref _timedOut);
        if (!isAdaptive)
            return;
        lock (_lock)
            _times.AddTimeout(request.Command);
    }

    /// <summary>Measures an answer. The peer works on the other requests with the same command from then on.</summary>
    private void AddAnswerLocked(PendingRequest answered)
    {
        var now = time.GetTimestamp();
        _times.AddAnswer(answered.Command, time.GetElapsedTime(answered.Since, now));
        answered.Since = now;
        foreach (var request in _pending)
        {
            if (request.Command == answered.Command)
                request.Since = now;
        }
    }

    private bool Matches(PendingRequest request, in BitcoinMessage message)
    {
        try
        {
            return request.Matches(message);
        }
        catch (Exception exception)
        {
            if (TryEnd(request, isAnswered: false))
                request.Fail(exception); // The exception of the program's predicate is its caller's.
            return false;
        }
    }

    private OfferResult Give(PendingRequest request, in BitcoinMessage message)
    {
        var result = request.Take(this, message);
        _claimed = result == OfferResult.Full ? request : null;
        _inOrder = result == OfferResult.InOrder ? (PendingPing)request : null;
        return result;
    }

    private IOException Ended(PendingRequest request, Exception reason) =>
        new($"The connection ended before the peer answered '{request.Command}': {describe(reason)}", reason);
}
