using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Those who are given the same answer to getaddr. Whoever reaches a node by two ways would learn from equal answers that it is one node.
/// </summary>
/// <param name="Network">The network of the peer; null when its address is private, local (Tor's, for one) or unknown.</param>
/// <param name="LocalEndPoint">Where it reached us; null when that is not known, or there are too many.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AnswerKey(AddressNetwork? Network, EndPoint? LocalEndPoint)
{
    public static AnswerKey Of(EndPoint? remote, EndPoint? local) =>
        new(NetworkEndPoint.TryFromEndPoint(remote, out var peer) && peer.Address.IsRoutable ? peer.Address.Network : null, local);
}
