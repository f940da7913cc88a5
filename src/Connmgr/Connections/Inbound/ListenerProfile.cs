namespace Connmgr;

/// <summary>The common properties of all connections that a listener accepts. Immutable.</summary>
public sealed class ListenerProfile : IValidatedOptions
{
    /// <summary>No permissions, and no onion service.</summary>
    public static ListenerProfile Default { get; } = new();

    /// <summary>
    /// The permissions of its peers, in addition to those that <see cref="InboundLimits.AllowList"/> gives their addresses (Bitcoin Core's -whitebind). Default none.
    /// </summary>
    public ConnectionPermissions Permissions { get; init; }

    /// <summary>
    /// True when an onion service, or another overlay, leads to it, and nothing else: all of its peers have the address of Tor's machine,
    /// 127.0.0.1 for a local one. The limits by address do not apply then, and neither do <see cref="InboundLimits.AllowList"/> ranges (as in
    /// Bitcoin Core); those below hold for the listener as a whole. Default false.
    /// </summary>
    public bool IsOnion { get; init; }

    /// <summary>Of an onion service, the most connections at one time; from 1. Null, the default: no limit but <see cref="ConnectionManagerOptions.MaxInbound"/>.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Of an onion service, the most unfinished handshakes; from 1. Default 40, as many as are accepted at once.</summary>
    public int MaxHandshakes { get; init; } = 40;

    /// <summary>Of an onion service, the connections per second that are accepted in the long run. More than 0. Default 2.</summary>
    public double AcceptsPerSecond { get; init; } = 2;

    /// <summary>Of an onion service, the connections that are accepted at once, from 1. Default 40.</summary>
    public int AcceptBurst { get; init; } = 40;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(ListenerProfile),
        (nameof(Permissions), Permissions),
        (nameof(IsOnion), IsOnion),
        (nameof(MaxConnections), MaxConnections),
        (nameof(MaxHandshakes), MaxHandshakes),
        (nameof(AcceptsPerSecond), AcceptsPerSecond),
        (nameof(AcceptBurst), AcceptBurst));

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
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
