namespace Connmgr;

/// <summary>The state of an <see cref="I2PController"/>. Immutable.</summary>
public sealed record I2PState
{
    /// <summary>True when the router has a session of this program: peers can be dialled, and can connect to <see cref="Address"/>.</summary>
    public bool IsConnected { get; internal init; }

    /// <summary>
    /// The address at which peers reach this program (<see cref="I2PControllerOptions.AcceptConnections"/>) while the router serves it; null
    /// otherwise. With a key file it is the same again after a restart of the router or of the program.
    /// </summary>
    public NetworkEndPoint? Address { get; internal init; }

    /// <summary>The reason why there is no session, as text; null for none.</summary>
    public string? Failure { get; internal init; }
}
