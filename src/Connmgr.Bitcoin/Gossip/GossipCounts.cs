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
