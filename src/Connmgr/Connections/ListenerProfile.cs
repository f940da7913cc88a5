namespace Connmgr;

/// <summary>What a listener says of all connections that it accepts. Immutable.</summary>
public sealed record ListenerProfile
{
    /// <summary>No permissions, and no onion service.</summary>
    public static ListenerProfile Default { get; } = new();

    /// <summary>
    /// What its peers may do (Bitcoin Core's -whitebind). Default none.
    /// </summary>
    public ConnectionPermissions Permissions { get; init; }

    /// <summary>
    /// Whether an onion service leads to it, and nothing else: its peers come through the local Tor, which makes all of them 127.0.0.1. Default false.
    /// </summary>
    public bool IsOnion { get; init; }
}
