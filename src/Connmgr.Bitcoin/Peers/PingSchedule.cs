namespace Connmgr.Bitcoin;

/// <summary>
/// When to ping a peer, whether it answers, and how quickly. One ping is under way at a time (as in Bitcoin Core). Reads no clock:
/// times are timestamps of the <see cref="TimeProvider"/>. Thread-safe.
/// </summary>
internal sealed class PingSchedule(TimeProvider time, TimeSpan interval, TimeSpan timeout)
{
    private readonly Lock _lock = new();
    private long? _sent;
    private long _waitedBefore;
    private ulong _nonce;
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

    /// <summary>Whether to send a ping now.</summary>
    public bool IsDue(long now)
    {
        lock (_lock)
            return _nonce == 0 && (_sent is not { } sent || time.GetElapsedTime(sent, now) >= interval);
    }

    /// <summary>Whether a ping has gone without its answer for too long. The time in which we did not read does not count.</summary>
    /// <param name="now">The present.</param>
    /// <param name="waited">For how long we did not read so far: <see cref="ReadPauses"/>.</param>
    public bool IsOverdue(long now, long waited)
    {
        lock (_lock)
            return _nonce != 0 && time.GetElapsedTime(_sent!.Value + (waited - _waitedBefore), now) >= timeout;
    }

    /// <summary>A ping is being sent.</summary>
    /// <param name="nonce">Its nonce, not zero.</param>
    /// <param name="now">The present.</param>
    /// <param name="waited">For how long we did not read so far.</param>
    public void OnSent(ulong nonce, long now, long waited)
    {
        lock (_lock)
            (_nonce, _sent, _waitedBefore) = (nonce, now, waited);
    }

    /// <summary>A pong has come that does not say what it answers: the ping under way counts as answered, and nothing is measured by it.</summary>
    /// <returns>False when no ping was under way.</returns>
    public bool GiveUp()
    {
        lock (_lock)
        {
            var wasUnderWay = _nonce != 0;
            _nonce = 0;
            return wasUnderWay;
        }
    }

    /// <summary>A pong has come. One that answers no ping of ours is ignored.</summary>
    /// <returns>How long the ping and its pong took.</returns>
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
