using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The details of a connected peer, as outputs show them.</summary>
/// <param name="Id">The id of the connection.</param>
/// <param name="Address">The address of the peer.</param>
/// <param name="Direction">The direction of the connection.</param>
/// <param name="Kind">The kind of the connection.</param>
/// <param name="Purpose">The purpose: the kind, or more precisely an anchor, a feeler or a peer beyond the target.</param>
/// <param name="Group">The group of an automatic peer; null for any other.</param>
/// <param name="IsOnion">True when the connection passes through an onion service.</param>
/// <param name="UserAgent">The user agent of the peer, made safe; empty when it sent none.</param>
/// <param name="Services">The service bits of the peer, as 16 hexadecimal digits.</param>
/// <param name="Height">The height of the peer's best block; -1 when it sent none.</param>
/// <param name="ProtocolVersion">The negotiated protocol version.</param>
/// <param name="Transport">The transport: <c>v1</c> or <c>v2</c>; null for a connection without a peer.</param>
/// <param name="SessionId">The id of the session, as 64 hexadecimal digits; null in v1.</param>
/// <param name="RoundTrip">The time from the last ping to its pong; null before the first.</param>
internal sealed record PeerDetails(
    long Id,
    string Address,
    ConnectionDirection Direction,
    ConnectionKind Kind,
    PeerPurpose Purpose,
    string? Group,
    bool IsOnion,
    string UserAgent,
    string Services,
    int Height,
    int ProtocolVersion,
    string? Transport,
    string? SessionId,
    TimeSpan? RoundTrip)
{
    public static PeerDetails From(Connection connection)
    {
        var peer = connection.UserState as BitcoinPeer;
        return new PeerDetails(
            connection.Id,
            AddressText.Format(connection.RemoteEndPoint),
            connection.Direction,
            connection.Kind,
            PeerNetwork.GetPurpose(connection),
            connection.Group,
            connection.IsOnion,
            SafeText.Line(peer?.Version.UserAgent ?? string.Empty),
            ((ulong)(peer?.Version.Services ?? NodeServices.None)).ToString("x16", CultureInfo.InvariantCulture),
            peer?.Version.StartHeight ?? -1,
            peer?.ProtocolVersion ?? 0,
            peer is null ? null : Names.Get(peer.Transport),
            peer is { SessionId.IsEmpty: false } ? Convert.ToHexStringLower(peer.SessionId.Span) : null,
            peer?.LastRoundTrip);
    }
}
