using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The transports of the Bitcoin network, by which messages travel on a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PeerTransport>))]
public enum PeerTransport
{
    /// <summary>The first one: everyone on the way can read and change the messages.</summary>
    V1,

    /// <summary>
    /// The encrypted one (BIP324): all bytes look random, and a change ends the connection. It does not tell who the peer is: compare
    /// <see cref="BitcoinPeer.SessionId"/> on both sides for that.
    /// </summary>
    V2,
}
