namespace Connmgr.Bitcoin;

/// <summary>Chance as gossip needs it, from one source. Thread-safe.</summary>
internal sealed class GossipChance(Random random)
{
    private readonly Lock _lock = new();

    /// <summary>From 0 to 1, without 1.</summary>
    public double NextDouble()
    {
        lock (_lock)
            return random.NextDouble();
    }

    /// <summary>Any 64 bits.</summary>
    public ulong NextUInt64()
    {
        lock (_lock)
            return (ulong)random.NextInt64(long.MinValue, long.MaxValue);
    }

    /// <summary>From 0 to below a limit.</summary>
    public int Next(int limit)
    {
        lock (_lock)
            return random.Next(limit);
    }

    /// <summary>
    /// A pause such that what happens after each has no memory: an observer learns nothing from when it last happened (Poisson).
    /// </summary>
    public TimeSpan Pause(TimeSpan mean) => mean * -Math.Log(1 - NextDouble());

    /// <summary>Moves some entries, chosen at random, to the front, in random order.</summary>
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
