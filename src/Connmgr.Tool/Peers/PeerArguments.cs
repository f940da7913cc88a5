namespace Connmgr.Tool;

/// <summary>The arguments of <c>peers.disconnect</c> and <c>peers.remove</c>.</summary>
/// <param name="Peer">An id, HOST:PORT, or HOST for every peer there.</param>
internal sealed record PeerArguments(string Peer);
