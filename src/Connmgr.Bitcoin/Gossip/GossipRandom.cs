namespace Connmgr.Bitcoin;

/// <summary>Draws random values for gossip from one source. Thread-safe.</summary>
internal sealed class GossipRandom(Random random)
{
    private readonly Lock _lock = new();

    /// <summary>Draws a number from 0 to below 1.</summary>
    public double NextDouble()
    {
        lock (_lock)
            return random.NextDouble();
    }

    /// <summary>Draws 64 bits.</summary>
    public ulong NextUInt64()
    {
        lock (_lock)
            return (ulong)random.NextInt64(long.MinValue, long.MaxValue);
    }

    /// <summary>Draws a number from 0 to below a limit.</summary>
    public int Next(int limit)
    {
        lock (_lock)
            return random.Next(limit);
    }

    /// <summary>
    /// Draws a pause from the exponential distribution. The time of one event then says nothing about the time of the next.
    /// </summary>
    public TimeSpan Pause(TimeSpan mean) => mean * -Math.Log(1 - NextDouble());

    /// <summary>Moves a number of randomly chosen entries to the front, in random order.</summary>
    public void Choose(Span<PeerAddress> addresses, int count)
    {
        lock (_lock)
        {
            for (var i = 0; i < count; i++)
            {
                var chosen = random.Next(i, addresses.Length);
                (addresses[i], addresses[chosen]) = (addresses[chosen], addresses[i]);
            }
        }
    }
}
