using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The cause for which a connection ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DisconnectCause>))]
public enum DisconnectCause
{
    /// <summary>It never was established: its handshake failed, or was given up or refused. The outcome of the attempt gives the cause.</summary>
    NotEstablished,

    /// <summary>The handler's task ended.</summary>
    HandlerCompleted,

    /// <summary>The handler threw an exception that says nothing about the peer or the connection: usually a defect.</summary>
    HandlerFailed,

    /// <summary>The peer closed the connection.</summary>
    PeerClosed,

    /// <summary>The connection broke: the peer reset it, or the network lost it.</summary>
    Reset,

    /// <summary>The peer answered no ping in time.</summary>
    PingTimeout,

    /// <summary>The peer took no data in time, or less than it was sent.</summary>
    SendTimeout,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>This program closed it: <see cref="Connection.Close(string)"/> was called.</summary>
    Closed,

    /// <summary><see cref="ConnectionManager.DisconnectAsync"/> or <see cref="ConnectionManager.DisconnectWhereAsync"/> was called.</summary>
    Disconnected,

    /// <summary><see cref="ConnectionManager.RemoveAsync"/> was called.</summary>
    Removed,

    /// <summary>A permanent request took the address over.</summary>
    Superseded,

    /// <summary>The target or the limit was lowered and this connection was the youngest above it.</summary>
    LimitLowered,

    /// <summary>The <see cref="ConnectionManagerOptions.Gate"/> refuses its address now (a ban was added, for example).</summary>
    GateRefused,

    /// <summary>Another inbound connection took its place (<see cref="InboundLimits.EvictionEnabled"/>).</summary>
    Evicted,

    /// <summary>The network was suspended.</summary>
    NetworkSuspended,

    /// <summary>The manager stopped.</summary>
    Stopped,
}
