using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Recognizes connections of a node to itself by the nonces of its outbound handshakes under way: a version message with one of them is the
/// node's. Nonces are compared within one network only. Otherwise a peer that the node dials on one network could test whether a listener
/// on another network belongs to the same node. Thread-safe. Design W-2.
/// </summary>
internal sealed class SelfDetector
{
    private readonly ConcurrentDictionary<ulong, Dial> _dials = new();

    /// <summary>Gets the network of a connection.</summary>
    /// <param name="remote">The peer's address; null if it is not known.</param>
    /// <param name="isOnion">True for a connection through an onion service.</param>
    /// <returns>
    /// Null for unknown addresses, and for those of this host, which may stand for any network, such as an onion service.
    /// </returns>
    public static AddressNetwork? GetNetwork(EndPoint? remote, bool isOnion)
    {
        if (isOnion)
            return AddressNetwork.TorV3;

        return NetworkEndPoint.TryFromEndPoint(remote, out var peer) && !peer.Address.IsLocal ? peer.Address.ToCjdns().Network : null;
    }

    /// <summary>Notes the start of an outbound handshake.</summary>
    public void AddDial(ulong nonce, AddressNetwork? network) => _dials[nonce] = new(network);

    /// <summary>Notes the end of an outbound handshake.</summary>
    public void RemoveDial(ulong nonce) => _dials.TryRemove(nonce, out _);

    /// <summary>
    /// Determines whether the nonce of a peer's version message is the node's, and marks that handshake: the dialling side receives the
    /// other side's nonce, which it does not know.
    /// </summary>
    public bool Recognize(ulong nonce, AddressNetwork? network)
    {
        if (!_dials.TryGetValue(nonce, out var dial) || dial.Network != network)
            return false;

        dial.WasRecognized = true;
        return true;
    }

    /// <summary>Determines whether the nonce of an outbound handshake has been recognized.</summary>
    public bool WasRecognized(ulong nonce) => _dials.TryGetValue(nonce, out var dial) && dial.WasRecognized;

    private sealed class Dial(AddressNetwork? network)
    {
        private volatile bool _wasRecognized;

        public AddressNetwork? Network { get; } = network;

        public bool WasRecognized { get => _wasRecognized; set => _wasRecognized = value; }
    }
}
