using System.Net;

namespace Connmgr;

/// <summary>An address at which a peer is said to listen, and what is said of it. Btcd calls it wire.NetAddress.</summary>
/// <param name="EndPoint">Where to dial.</param>
/// <param name="Services">The service bits that the peer is said to offer; nothing is proven before its version message.</param>
/// <param name="LastSeen">When the peer was last known to be there.</param>
public readonly record struct PeerAddress(IPEndPoint EndPoint, ulong Services, DateTimeOffset LastSeen);
