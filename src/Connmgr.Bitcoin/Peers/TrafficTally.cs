namespace Connmgr.Bitcoin;

/// <summary>
/// Counts the bytes of all connections so far. Peers add theirs when they are checked (<see cref="PeerSweep"/>) and at their end, so that
/// reads and writes cost nothing for it, and a query does not visit the peers. Thread-safe.
/// </summary>
internal sealed class TrafficTally
{
    private long _received;
    private long _sent;

    public long Received => Interlocked.Read(ref _received);

    public long Sent => Interlocked.Read(ref _sent);

    public void Add(long received, long sent)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _sent, sent);
    }
}
