namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when to ping a peer, and measures its answers. One ping is under way at a time (as in Bitcoin Core). Reads no clock: times are
/// timestamps of the <see cref="TimeProvider"/>. Thread-safe.
/// </summary>
internal sealed class PingSchedule(TimeProvider time, TimeSpan interval, TimeSpan timeout)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private long? _sent; // The timestamp of the last ping; null before the first.
    private long _waitedBefore; // The total time in which the peer had not been read when the last ping was sent.
    private ulong _nonce; // The nonce of the ping under way; 0 for none.
    private TimeSpan? _last;
    private TimeSpan? _shortest;

    /// <summary>The last round trip.</summary>
    public TimeSpan? LastRoundTrip
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    /// <summary>The shortest round trip.</summary>
    public TimeSpan? ShortestRoundTrip
    {
        get
        {
            lock (_lock)
                return _shortest;
        }
    }

    /// <summary>True while a ping is not answered.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_lock)
                return _nonce != 0;
        }
    }

    /// <summary>Determines whether to send a ping now.</summary>
    public bool IsDue(long now)
    {
        lock (_lock)
            return _nonce == 0 && (_sent is not { } sent || time.GetElapsedTime(sent, now) >= interval);
    }

    /// <summary>Determines whether the answer to a ping is overdue. Time in which the peer was not read does not count.</summary>
    /// <param name="now">The present.</param>
    /// <param name="waited">The total time in which the peer was not read: <see cref="ReadPauses"/>.</param>
    public bool IsOverdue(long now, long waited)
    {
        lock (_lock)
            return _nonce != 0 && time.GetElapsedTime(_sent!.Value + (waited - _waitedBefore), now) >= timeout;
    }

    /// <summary>Notes that a ping is being sent.</summary>
    /// <param name="nonce">Its nonce, not zero.</param>
    /// <param name="now">The present.</param>
    /// <param name="waited">The total time in which the peer was not read.</param>
    public void OnSent(ulong nonce, long now, long waited)
    {
        lock (_lock)
            (_nonce, _sent, _waitedBefore) = (nonce, now, waited);
    }

    /// <summary>Takes the ping under way as answered, without a measurement, because of a pong that does not identify its ping.</summary>
    /// <returns>False if no ping was under way.</returns>
    public bool GiveUp()
    {
        lock (_lock)
        {
            var wasUnderWay = _nonce != 0;
            _nonce = 0;
            return wasUnderWay;
        }
    }

    /// <summary>Handles a pong.</summary>
    /// <returns>The round trip; null if it answers no ping of the schedule.</returns>
    public TimeSpan? OnPong(ulong nonce, long now)
    {
        lock (_lock)
        {
            if (_nonce == 0 || nonce != _nonce)
                return null;

            _nonce = 0;
            var roundTrip = time.GetElapsedTime(_sent!.Value, now);
            _last = roundTrip;
            if (_shortest is not { } shortest || roundTrip < shortest)
                _shortest = roundTrip;
            return roundTrip;
        }
    }
}
