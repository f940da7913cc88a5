namespace Connmgr.Bitcoin;

/// <summary>Limits the bytes that wait to be written to one peer, in the lengths of the v1 transport. Thread-safe.</summary>
/// <param name="max">The most bytes that may wait, including those being written. A single message may always wait.</param>
internal sealed class SendBacklog(int max)
{
    /// <summary>The cost of a posted message in addition to its bytes: the objects that hold it.</summary>
    private const int PostCost = 512;

    private long _bytes; // The bytes that wait or are being written, headers included. Interlocked.
    private long _posted; // The part of them that was posted, at its cost. Interlocked.

    /// <summary>The most bytes that posted messages may take. Set before the first message.</summary>
    public int MaxPosted { get; set; } = BitcoinPeerOptions.DefaultMaxPostBacklog;

    /// <summary>Adds a message.</summary>
    /// <exception cref="BitcoinProtocolException">The limit would be exceeded.</exception>
    public void Reserve(int size)
    {
        var bytes = Interlocked.Add(ref _bytes, size);
        if (bytes <= max || bytes == size)
            return;

        Release(size);
        throw new BitcoinProtocolException(
            ProtocolViolation.SendBacklog,
            Invariant($"{bytes - size} bytes wait for the peer to take them; {size} more would exceed the limit of {max}."));
    }

    /// <summary>Removes a message that was added.</summary>
    public void Release(int size) => Interlocked.Add(ref _bytes, -size);

    /// <summary>Adds a message that is posted.</summary>
    /// <returns>False if a limit would be exceeded.</returns>
    public bool TryReservePost(int size)
    {
        var cost = size + PostCost;
        var posted = Interlocked.Add(ref _posted, cost);
        var bytes = Interlocked.Add(ref _bytes, size);
        if ((posted <= MaxPosted || posted == cost) && (bytes <= max || bytes == size))
            return true;

        ReleasePost(size);
        return false;
    }

    /// <summary>Removes a message that was posted.</summary>
    public void ReleasePost(int size)
    {
        Interlocked.Add(ref _posted, -size - PostCost);
        Release(size);
    }
}
