using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// What became of the addresses that peers told of: <see cref="Received"/> is the sum of <see cref="Accepted"/>, <see cref="Limited"/>
/// and <see cref="Dropped"/>. An immutable copy.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GossipCounts
{
    /// <summary>The entries of addr and addrv2 messages.</summary>
    public long Received { get; init; }

    /// <summary>Those that were given to the address book.</summary>
    public long Accepted { get; init; }

    /// <summary>Those that were more than a peer may tell of in the time: 0.1 a second, and 1000 in answer to getaddr.</summary>
    public long Limited { get; init; }

    /// <summary>
    /// Those of no use: of a network unknown or out of reach, not routable, banned, our own, or without the services that
    /// <see cref="AddressGossipOptions.UsefulServices"/> asks for.
    /// </summary>
    public long Dropped { get; init; }

    /// <summary>How many of the accepted ones got a place in the book; the others were known, or a better one is at their place.</summary>
    public long Stored { get; init; }
}

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
