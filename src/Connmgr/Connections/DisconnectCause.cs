namespace Connmgr;

/// <summary>What ended a connection.</summary>
public enum DisconnectCause
{
    /// <summary>It never was established: its handshake failed, was given up or refused. The outcome of the attempt says why.</summary>
    NotEstablished,

    /// <summary>The handler's task ended.</summary>
    HandlerCompleted,

    /// <summary>The handler threw.</summary>
    HandlerFailed,

    /// <summary><see cref="Connection.Close(string)"/> was called.</summary>
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
    Gated,

    /// <summary>Another inbound connection took its place (<see cref="InboundLimits.Evict"/>).</summary>
    Evicted,

    /// <summary>The network was suspended.</summary>
    NetworkSuspended,

    /// <summary>The manager stopped.</summary>
    Stopped,
}
