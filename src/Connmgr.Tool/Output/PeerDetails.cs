using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>What is told of a connected peer.</summary>
/// <param name="Id">The id of the connection.</param>
/// <param name="Address">Its address.</param>
/// <param name="Direction">Who opened the connection.</param>
/// <param name="Kind">What the connection is for.</param>
/// <param name="Purpose">The same, and what a kind does not tell: an anchor, a feeler, one beside the wanted number.</param>
/// <param name="IsOnion">Whether onion services of Tor's lie between.</param>
/// <param name="UserAgent">How the peer calls itself, made safe; empty when it did not say.</param>
/// <param name="Services">The service bits that it offers, as 16 hexadecimal digits.</param>
/// <param name="Height">The height of its best block; -1 when it did not say.</param>
/// <param name="ProtocolVersion">The protocol version spoken.</param>
/// <param name="RoundTrip">The time from the last ping to its pong; null before the first.</param>
internal sealed record PeerDetails(
    long Id,
    string Address,
    ConnectionDirection Direction,
    ConnectionKind Kind,
    PeerPurpose Purpose,
    bool IsOnion,
    string UserAgent,
    string Services,
    int Height,
    int ProtocolVersion,
    TimeSpan? RoundTrip)
{
    public static PeerDetails Of(Connection connection)
    {
        var peer = connection.Session as BitcoinPeer;
        return new PeerDetails(
            connection.Id,
            AddressText.Of(connection.RemoteEndPoint),
            connection.Direction,
            connection.Kind,
            PeerNetwork.PurposeOf(connection),
            connection.IsOnion,
            SafeText.Line(peer?.Version.UserAgent ?? string.Empty),
            ((ulong)(peer?.Version.Services ?? NodeServices.None)).ToString("x16", CultureInfo.InvariantCulture),
            peer?.Version.StartHeight ?? -1,
            peer?.ProtocolVersion ?? 0,
            peer?.LastRoundTrip);
    }
}
