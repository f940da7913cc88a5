namespace Connmgr.Bitcoin;

/// <summary>
/// The bytes of all connections that there were. Peers add theirs when they are looked after anyway (<see cref="PeerSweep"/>) and in the
/// end, so that neither a read nor a write costs anything for it, and asking does not go through the peers. Thread-safe.
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
