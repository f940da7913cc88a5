namespace Connmgr.Bitcoin;

/// <summary>Counts messages that have no reader. Thread-safe.</summary>
internal sealed class ReceiveTally
{
    private long _messages;
    private long _bytes;
    private long _slowed;

    /// <summary>The number of messages without a reader.</summary>
    public long DiscardedMessages => Interlocked.Read(ref _messages);

    /// <summary>The number of bytes in their payloads.</summary>
    public long DiscardedBytes => Interlocked.Read(ref _bytes);

    /// <summary>The number of connections that are or were read more slowly than they send.</summary>
    public long SlowedPeers => Interlocked.Read(ref _slowed);

    public void Discarded(int bytes)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Slowed() => Interlocked.Increment(ref _slowed);
}
