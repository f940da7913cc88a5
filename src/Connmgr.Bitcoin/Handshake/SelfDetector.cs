using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Recognizes connections of a node to itself by the nonces of its outbound handshakes under way: a version that carries one of them is our
/// own. Nonces are compared within one network only. Otherwise a peer that we dial by one network could ask our listener on another whether it
/// is the same node. Thread-safe.
/// </summary>
internal sealed class SelfDetector
{
    private readonly ConcurrentDictionary<ulong, Dial> _dials = new();

    /// <summary>Gets the network that a connection belongs to.</summary>
    /// <param name="remote">The peer's address, null when it is not known.</param>
    /// <param name="isOnion">Whether an onion service lies between.</param>
    /// <returns>Null for addresses of this host, behind which any network may be (an onion service, for one), and for unknown ones.</returns>
    public static AddressNetwork? GetNetwork(EndPoint? remote, bool isOnion)
    {
        if (isOnion)
            return AddressNetwork.TorV3;

        return NetworkEndPoint.TryFromEndPoint(remote, out var peer) && !peer.Address.IsLocal ? peer.Address.ToCjdns().Network : null;
    }

    /// <summary>An outbound handshake begins.</summary>
    public void Begin(ulong nonce, AddressNetwork? network) => _dials[nonce] = new(network);

    /// <summary>An outbound handshake has ended.</summary>
    public void End(ulong nonce) => _dials.TryRemove(nonce, out _);

    /// <summary>
    /// Tells whether the nonce of a peer's version is one of ours, and marks that dial: its own end sees the other end's nonce, which it does not
    /// know.
    /// </summary>
    public bool IsOurs(ulong nonce, AddressNetwork? network)
    {
        if (!_dials.TryGetValue(nonce, out var dial) || dial.Network != network)
            return false;

        dial.WasRecognized = true;
        return true;
    }

    /// <summary>Tells whether the nonce of a dial has been recognized.</summary>
    public bool WasRecognized(ulong nonce) => _dials.TryGetValue(nonce, out var dial) && dial.WasRecognized;

    private sealed class Dial(AddressNetwork? network)
    {
        private volatile bool _wasRecognized;

        public AddressNetwork? Network { get; } = network;

        public bool WasRecognized { get => _wasRecognized; set => _wasRecognized = value; }
    }
}
