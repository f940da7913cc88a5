namespace Connmgr.Bitcoin;

/// <summary>Counts what peers send that nobody reads. Thread-safe.</summary>
internal sealed class ReceiveTally
{
    private long _messages;
    private long _bytes;
    private long _slowed;

    /// <summary>The messages that nobody reads.</summary>
    public long DiscardedMessages => Interlocked.Read(ref _messages);

    /// <summary>The bytes of their payloads.</summary>
    public long DiscardedBytes => Interlocked.Read(ref _bytes);

    /// <summary>The connections that are or were read more slowly than they send.</summary>
    public long SlowedPeers => Interlocked.Read(ref _slowed);

    public void Discarded(int bytes)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Slowed() => Interlocked.Increment(ref _slowed);
}
