using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>An address at which a peer may listen, with the claims about that peer. Btcd calls it wire.NetAddress.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct PeerAddress
{
    /// <summary>Creates an address.</summary>
    /// <param name="endPoint">The address to dial.</param>
    /// <param name="services">The service bits that the peer is claimed to offer.</param>
    /// <param name="lastSeen">The last time that the peer is known to have been there.</param>
    [JsonConstructor]
    public PeerAddress(NetworkEndPoint endPoint, ulong services, DateTimeOffset lastSeen) => (EndPoint, Services, LastSeen) = (endPoint, services, lastSeen);

    /// <summary>The address to dial; <see cref="NetworkEndPoint.ToEndPoint"/> converts it to the form that diallers take.</summary>
    public NetworkEndPoint EndPoint { get; internal init; }

    /// <summary>The service bits that the peer is claimed to offer; only its version message proves them.</summary>
    public ulong Services { get; internal init; }

    /// <summary>The last time that the peer is known to have been there. On the wire and on disk: whole seconds from 1970 to 2106.</summary>
    public DateTimeOffset LastSeen { get; internal init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(PeerAddress), (nameof(EndPoint), EndPoint), (nameof(Services), Services), (nameof(LastSeen), LastSeen));
}
