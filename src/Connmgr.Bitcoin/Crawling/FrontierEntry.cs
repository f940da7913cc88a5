using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The place of an address in a <see cref="FrontierTable"/>.</summary>
internal enum FrontierPlace : byte
{
    /// <summary>The slot has no address.</summary>
    Free,

    /// <summary>It waits until it is due, or for a lease.</summary>
    Waiting,

    /// <summary>It is leased.</summary>
    Leased,
}

/// <summary>An address in a <see cref="FrontierTable"/>: 96 bytes in an array. It is in one list at a time, linked by slot numbers.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct FrontierEntry
{
    public NetworkEndPoint EndPoint;
    public ulong Services;
    public long Time; // When leased the end of the lease, otherwise the time from which it is due.
    public long Token; // Of the last lease; 0 before the first.
    public byte[]? Record; // Of the last visit, if that reached the node.
    public int Next; // In its list; -1 at the end.
    public int Previous; // In the list of leases only.
    public int NextOfHash;
    public byte Failures; // Visits in a row that did not reach it.
    public bool WasVisited;
    public FrontierPlace Place;
}
