namespace Connmgr.Bitcoin;

/// <summary>
/// Limits the messages of all peers together that have no other pace: those without a reader, and those that the library handles at once. A
/// token stands for a message of 24 bytes or for 1024 bytes of payload, some 2 to 3 µs of work; 20,000 per second take about a twentieth of
/// a core. Thread-safe, without a lock.
/// </summary>
internal sealed class SharedPace(TimeProvider time)
{
    /// <summary>The number of tokens per second, and the most that are saved up.</summary>
    public const int PerSecond = 20_000;

    // The timestamp up to which tokens are taken, in the future if they are taken in advance. Interlocked.
    private long _paidUntil = time.GetTimestamp() - time.TimestampFrequency;

    /// <summary>Takes tokens, perhaps those of the future.</summary>
    /// <param name="tokens">The number of tokens.</param>
    /// <param name="now">The present, a timestamp.</param>
    /// <returns>The time to wait before they are used.</returns>
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
