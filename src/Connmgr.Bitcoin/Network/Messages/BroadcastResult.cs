using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The result of <see cref="PeerNetwork.BroadcastAsync"/>. Immutable.</summary>
/// <param name="Taken">The peers whose connections have taken the whole message.</param>
/// <param name="Missed">The other peers that the message was meant for, and the reasons.</param>
public sealed record BroadcastResult(ImmutableArray<BitcoinPeer> Taken, ImmutableArray<BroadcastMiss> Missed);

/// <summary>A peer that has not taken a message.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Reason">The reason.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BroadcastMiss(BitcoinPeer Peer, BroadcastMissReason Reason);

/// <summary>The reason for which a peer has not taken a message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BroadcastMissReason>))]
public enum BroadcastMissReason
{
    /// <summary>
    /// The deadline had come. A message that the connection had begun to take by then is still sent to its end; any other is not sent.
    /// </summary>
    Deadline,

    /// <summary>The connection has ended.</summary>
    Ended,

    /// <summary>
    /// So many bytes wait for the peer that the message would exceed <see cref="BitcoinPeerOptions.MaxSendBacklog"/>. It was not sent, and
    /// the connection goes on.
    /// </summary>
    Backlog,
}
