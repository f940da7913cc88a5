namespace Connmgr;

/// <summary>The common properties of all connections that a listener accepts. Immutable.</summary>
public sealed class ListenerProfile : IValidatedOptions
{
    /// <summary>No permissions, and no onion service.</summary>
    public static ListenerProfile Default { get; } = new();

    /// <summary>
    /// The permissions of its peers, in addition to those that <see cref="InboundLimits.AllowList"/> gives their addresses (Bitcoin Core's
    /// -whitebind). Default none.
    /// </summary>
    public ConnectionPermissions Permissions { get; init; }

    /// <summary>
    /// True when it is reachable only through an onion service or another overlay, so that all its peers have the address of Tor's machine,
    /// 127.0.0.1 for a local one. Then the limits by address and the <see cref="InboundLimits.AllowList"/> ranges do not apply (as in
    /// Bitcoin Core), and the limits below apply to the listener as a whole. Default false.
    /// </summary>
    public bool IsOnion { get; init; }

    /// <summary>
    /// True when it is reachable only through I2P, and its streams have the address of the peer (<see cref="I2PController.Listener"/>). Peers
    /// get another address as often as they like, so the limits by address do not apply, and the limits below apply to the listener as a
    /// whole, as for <see cref="IsOnion"/>. Default false.
    /// </summary>
    public bool IsI2P { get; init; }

    /// <summary>True when its peers are limited together, not by address.</summary>
    internal bool IsOverlay => IsOnion || IsI2P;

    /// <summary>
    /// The maximum number of simultaneous connections of an onion service; 1 or more. Null, the default: only
    /// <see cref="ConnectionManagerOptions.MaxInbound"/> applies.
    /// </summary>
    public int? MaxConnections { get; init; }

    /// <summary>The maximum number of unfinished handshakes of an onion service; 1 or more. Default 40, as many as are accepted at once.</summary>
    public int MaxHandshakes { get; init; } = 40;

    /// <summary>The number of connections per second that an onion service accepts in the long run. More than 0. Default 2.</summary>
    public double AcceptsPerSecond { get; init; } = 2;

    /// <summary>The number of connections that an onion service accepts at once, 1 or more. Default 40.</summary>
    public int AcceptBurst { get; init; } = 40;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(ListenerProfile),
        (nameof(Permissions), Permissions),
        (nameof(IsOnion), IsOnion),
        (nameof(IsI2P), IsI2P),
        (nameof(MaxConnections), MaxConnections),
        (nameof(MaxHandshakes), MaxHandshakes),
        (nameof(AcceptsPerSecond), AcceptsPerSecond),
        (nameof(AcceptBurst), AcceptBurst));

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (IsOnion && IsI2P)
            yield return $"{nameof(IsOnion)} and {nameof(IsI2P)} are both set: set one of them, as a listener has one network.";
        if (MaxConnections < 1)
            yield return Invariant($"{nameof(MaxConnections)} is {MaxConnections}: use 1 or more, or null for no limit.");
        if (MaxHandshakes < 1)
            yield return Invariant($"{nameof(MaxHandshakes)} is {MaxHandshakes}: use 1 or more, or int.MaxValue for no limit.");
        if (!(AcceptsPerSecond > 0))
            yield return Invariant($"{nameof(AcceptsPerSecond)} is {AcceptsPerSecond}: use more than 0, or double.PositiveInfinity for no limit.");
        if (AcceptBurst < 1)
            yield return Invariant($"{nameof(AcceptBurst)} is {AcceptBurst}: use 1 or more.");
    }
}
