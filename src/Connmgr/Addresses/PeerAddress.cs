using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>An address at which a peer is said to listen, and what is said of it. Btcd calls it wire.NetAddress.</summary>
/// <param name="EndPoint">Where to dial; <see cref="NetworkEndPoint.ToEndPoint"/> makes of it what diallers take.</param>
/// <param name="Services">The service bits that the peer is said to offer; nothing is proven before its version message.</param>
/// <param name="LastSeen">When the peer was last known to be there. On the wire and on disk: whole seconds from 1970 to 2106.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PeerAddress(NetworkEndPoint EndPoint, ulong Services, DateTimeOffset LastSeen)
{
    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(PeerAddress), PrintMembers);
}
