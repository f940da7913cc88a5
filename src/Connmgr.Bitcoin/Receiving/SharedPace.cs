namespace Connmgr.Bitcoin;

/// <summary>
/// How much all peers together may send that goes at nobody's pace: messages that nobody reads, and those that the library is done with at
/// once. A token stands for a message of 24 bytes or for 1024 bytes of payload, some 2 to 3 µs of work; 20,000 a second take about a
/// twentieth of a core. Thread-safe, without a lock.
/// </summary>
internal sealed class SharedPace(TimeProvider time)
{
    /// <summary>The tokens that come in each second, and at most wait to be used.</summary>
    public const int PerSecond = 20_000;

    private long _paidUntil = time.GetTimestamp() - time.TimestampFrequency;

    /// <summary>Takes tokens, which may be those of the future.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="now">The present, a timestamp.</param>
    /// <returns>How long to wait before they are used.</returns>
    public TimeSpan Take(int tokens, long now)
    {
        var cost = tokens * time.TimestampFrequency / PerSecond;
        while (true)
        {
            var seen = Volatile.Read(ref _paidUntil);
            var paidUntil = Math.Max(seen, now - time.TimestampFrequency) + cost;
            if (Interlocked.CompareExchange(ref _paidUntil, paidUntil, seen) == seen)
                return paidUntil > now ? time.GetElapsedTime(now, paidUntil) : TimeSpan.Zero;
        }
    }
}
