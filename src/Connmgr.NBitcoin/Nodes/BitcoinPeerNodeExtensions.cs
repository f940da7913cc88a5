using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>Creates NBitcoin's Node objects for peers, so that programs keep their node behaviors.</summary>
public static class BitcoinPeerNodeExtensions
{
    /// <summary>
    /// Creates a Node of NBitcoin for a peer, in the state HandShaked: do not call its VersionHandshake. Call this in
    /// <see cref="PeerNetworkOptions.OnPeer"/>, so that the Node gets the messages from the first one on.
    /// </summary>
    /// <remarks>
    /// <para>
    /// A Node needs a TCP socket, so it gets one to this process, on a loopback address; no other program can take its place. The handshake
    /// is repeated there with the peer's version message. The version message of the Node, with the services and the user agent of the
    /// parameters, stays there: peers see <see cref="BitcoinPeerOptions"/>. Then all messages pass both ways, also pings that the Node sends
    /// and their answers. The library answers the peer's pings. Your other handlers get their messages too, after the Node.
    /// </para>
    /// <para>
    /// The Node ends with the peer: its disconnect reason is that of the connection. And the peer ends with the Node: its reason names the
    /// Node's. The Node's behaviors run on NBitcoin's threads, two for each Node. While they are busy, nothing is read from the peer.
    /// </para>
    /// <para>
    /// The address of a peer behind a name, such as a Tor address, is shown as a loopback address by the Node, as NBitcoin itself does.
    /// <see cref="BitcoinPeer.RemoteEndPoint"/> has it.
    /// </para>
    /// </remarks>
    /// <param name="peer">The peer, connected. It has one Node at most.</param>
    /// <param name="network">The network, with the magic of the peer's chain.</param>
    /// <param name="parameters">
    /// The behaviors (TemplateBehaviors, which the Node clones), the socket's settings and others; null for NBitcoin's defaults, which have a
    /// PingPongBehavior. Endpoint connector and connect cancellation are not used.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the Node.</param>
    /// <returns>The Node.</returns>
    /// <exception cref="ArgumentException">The network has another magic than the peer's chain.</exception>
    /// <exception cref="InvalidOperationException">The peer has a Node.</exception>
    /// <exception cref="IOException">The connection has ended, or the Node could not be connected.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<Node> ToNodeAsync(
        this BitcoinPeer peer, Network network, NodeConnectionParameters? parameters = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(network);
        if (!peer.Chain.Magic.AsSpan().SequenceEqual(network.MagicBytes))
            throw new ArgumentException($"The network {network.Name} is not that of the peer, whose chain is {peer.Chain.Name}.", nameof(network));

        return NodeBridge.ConnectAsync(peer, network, parameters ?? new(), cancellationToken);
    }
}
