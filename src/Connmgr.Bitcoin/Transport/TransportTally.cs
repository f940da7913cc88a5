namespace Connmgr.Bitcoin;

/// <summary>Counts the peers that run, by transport. Thread-safe.</summary>
internal sealed class TransportTally
{
    private long _v1;
    private long _v2;

    /// <summary>Gets the number of peers.</summary>
    public long Get(PeerTransport transport) => Interlocked.Read(ref Select(transport));

    /// <summary>Adds a peer, or removes one.</summary>
    /// <param name="transport">Its transport.</param>
    /// <param name="change">1 or -1.</param>
    public void Add(PeerTransport transport, int change) => Interlocked.Add(ref Select(transport), change);

    private ref long Select(PeerTransport transport) => ref transport == PeerTransport.V2 ? ref _v2 : ref _v1;
}
