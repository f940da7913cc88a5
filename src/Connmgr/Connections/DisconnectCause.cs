using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The cause of a connection's end.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DisconnectCause>))]
public enum DisconnectCause
{
    /// <summary>It was never established: its handshake failed, or was given up or refused. The outcome of the attempt contains the cause.</summary>
    NotEstablished,

    /// <summary>The handler's task ended.</summary>
    HandlerCompleted,

    /// <summary>The handler threw an exception that is not about the peer or the connection: usually a defect.</summary>
    HandlerFailed,

    /// <summary>The peer closed the connection, and had read all that was sent to it.</summary>
    PeerClosed,

    /// <summary>
    /// The connection was lost: the peer reset it, or the network failed. A peer that closes it with bytes unread, such as the ping at its
    /// start, also resets it: its system does so, and nothing tells the two apart.
    /// </summary>
    Reset,

    /// <summary>The peer did not answer a ping in time.</summary>
    PingTimeout,

    /// <summary>The peer did not receive data in time, or received it more slowly than it was sent.</summary>
    SendTimeout,

    /// <summary>The peer violated the protocol.</summary>
    ProtocolViolation,

    /// <summary>This program closed it: <see cref="Connection.Close(string)"/> was called.</summary>
    Closed,

    /// <summary><see cref="ConnectionManager.DisconnectAsync"/> or <see cref="ConnectionManager.DisconnectWhereAsync"/> was called.</summary>
    Disconnected,

    /// <summary><see cref="ConnectionManager.RemoveAsync"/> was called.</summary>
    Removed,

    /// <summary>A permanent request took over the address.</summary>
    Superseded,

    /// <summary>The target or the limit was lowered, and this connection was the youngest one above it.</summary>
    LimitLowered,

    /// <summary>The <see cref="ConnectionManagerOptions.Gate"/> refuses its address now (a ban was added, for example).</summary>
    GateRefused,

    /// <summary>Another inbound connection took its place (<see cref="InboundLimits.EvictionEnabled"/>).</summary>
    Evicted,

    /// <summary>The network was suspended.</summary>
    NetworkSuspended,

    /// <summary>The manager stopped.</summary>
    Stopped,

    /// <summary>Its traits changed, and no vacant group of its profile takes it any more (<see cref="OutboundGroup.Traits"/>).</summary>
    Unsuited,

    /// <summary>Another connection took its place at the user's request.</summary>
    Replaced,

    /// <summary>
    /// The network of this machine changed, or the machine was suspended, and the peer did not answer a ping soon after. This is not held
    /// against the peer.
    /// </summary>
    NetworkChanged,
}
