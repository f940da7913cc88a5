namespace Connmgr.Bitcoin;

/// <summary>Counts what becomes of addresses, message by message. Thread-safe.</summary>
internal sealed class GossipTally
{
    private long _received;
    private long _accepted;
    private long _limited;
    private long _dropped;
    private long _stored;

    /// <summary>The counts. Each is exact; a message counted meanwhile may be in some of them.</summary>
    public GossipCounts Counts => new()
    {
        Received = Volatile.Read(ref _received),
        Accepted = Volatile.Read(ref _accepted),
        Limited = Volatile.Read(ref _limited),
        Dropped = Volatile.Read(ref _dropped),
        Stored = Volatile.Read(ref _stored),
    };

    /// <summary>Adds what became of the addresses of one message.</summary>
    public void Add(in GossipCounts message)
    {
        Interlocked.Add(ref _received, message.Received);
        Interlocked.Add(ref _accepted, message.Accepted);
        Interlocked.Add(ref _limited, message.Limited);
        Interlocked.Add(ref _dropped, message.Dropped);
        Interlocked.Add(ref _stored, message.Stored);
    }
}
