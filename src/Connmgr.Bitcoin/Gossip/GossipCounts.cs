using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The counts of addresses that peers sent: <see cref="Received"/> is the sum of <see cref="Accepted"/>, <see cref="Limited"/> and
/// <see cref="Dropped"/>. An immutable copy.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GossipCounts
{
    /// <summary>The number of entries in addr and addrv2 messages.</summary>
    public long Received { get; init; }

    /// <summary>The number of addresses that were given to the address book.</summary>
    public long Accepted { get; init; }

    /// <summary>The number of addresses beyond the limit of a peer: 0.1 a second, and 1000 in answer to getaddr.</summary>
    public long Limited { get; init; }

    /// <summary>
    /// The number of useless addresses: of an unknown or unreachable network, not routable, banned, the node's, or without the services of
    /// <see cref="AddressGossipOptions.UsefulServices"/>.
    /// </summary>
    public long Dropped { get; init; }

    /// <summary>
    /// The number of accepted addresses that got a place in the book. The others were known, or their place had a better address.
    /// </summary>
    public long Stored { get; init; }
}

/// <summary>Sums up the counts of messages. Thread-safe.</summary>
internal sealed class GossipTally
{
    private long _received;
    private long _accepted;
    private long _limited;
    private long _dropped;
    private long _stored;

    /// <summary>The sums. Each is exact; a message that is being added may be in some of them.</summary>
    public GossipCounts Counts => new()
    {
        Received = Volatile.Read(ref _received),
        Accepted = Volatile.Read(ref _accepted),
        Limited = Volatile.Read(ref _limited),
        Dropped = Volatile.Read(ref _dropped),
        Stored = Volatile.Read(ref _stored),
    };

    /// <summary>Adds the counts of one message.</summary>
    public void Add(in GossipCounts message)
    {
        Interlocked.Add(ref _received, message.Received);
        Interlocked.Add(ref _accepted, message.Accepted);
        Interlocked.Add(ref _limited, message.Limited);
        Interlocked.Add(ref _dropped, message.Dropped);
        Interlocked.Add(ref _stored, message.Stored);
    }
}
