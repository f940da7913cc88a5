namespace Connmgr.Bitcoin;

/// <summary>
/// The work of a <see cref="PeerNetwork"/> in addition to keeping its number of peers, which prevents eclipse attacks and a stale address
/// book. The defaults are Bitcoin Core's. Immutable.
/// </summary>
public sealed record PeerPolicies : IValidatedOptions
{
    /// <summary>No policies.</summary>
    public static PeerPolicies None { get; } = new() { Anchors = false, FeelerInterval = null, ExtraNetworkInterval = null, ExtraBlockRelayInterval = null, Quarantine = null };

    /// <summary>The policies for a light wallet, with its groups (<see cref="PeerGroup.LightWallet"/>): the defaults, and the upgrade.</summary>
    public static PeerPolicies LightWallet { get; } = new() { Upgrade = new() };

    /// <summary>
    /// True to start with the two peers that the last run had longest. An attacker who can make a program restart must not get a new chance
    /// at all its peers. With a group of block-relay-only peers (<see cref="PeerGroup.FullNode"/>) they are of this group, and for it, as in
    /// Bitcoin Core. Needs a <see cref="PeerNetworkOptions.DataDirectory"/>. Default true.
    /// </summary>
    public bool Anchors { get; init; } = true;

    /// <summary>
    /// The mean time between two feelers, exponentially distributed. Feelers are short connections that check whether a peer is there: at
    /// an address that was only announced, or whose place in the tried table another address claims. They run only while no automatic peer
    /// is missing, in addition to their number. More than zero; null for none. Default 2 min.
    /// </summary>
    public TimeSpan? FeelerInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The mean time, exponentially distributed, after which one connection in addition to the wanted number is opened to a network that
    /// can be reached, that the book has addresses of, and that has no full outbound peer; one network at a time. Only while no automatic
    /// peer is missing. The peer takes the place of another one of its groups after 30 s or more: of the one whose last new block is the
    /// oldest (<see cref="Connection.ReportUsefulBlock"/>), of equal ones the youngest. The only peer of a network keeps its place, and so
    /// does a peer that the program protects (<see cref="Connection.Protect"/>) or that has requests to answer. More than zero; null for
    /// none. Default 5 min.
    /// </summary>
    public TimeSpan? ExtraNetworkInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The mean time, exponentially distributed, after which one more block-relay-only peer is connected, if there is a group of such peers
    /// (<see cref="PeerGroup.FullNode"/>) and no automatic peer is missing. After 30 s or more it ends, unless it was the first to provide a
    /// block later than the youngest of the group was (<see cref="Connection.ReportUsefulBlock"/>); then it takes the place of that one.
    /// More than zero; null for none. Default 5 min.
    /// </summary>
    public TimeSpan? ExtraBlockRelayInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The quarantine of addresses whose peers leave early, time out, or lack services that they promised; null for none. Default on.
    /// </summary>
    public PeerQuarantine? Quarantine { get; init; } = new();

    /// <summary>
    /// The upgrade, which replaces the worst peer of a full group by one that is clearly better. Null, the default: none. Needs the address
    /// book as the source.
    /// </summary>
    public PeerUpgrade? Upgrade { get; init; }

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (FeelerInterval <= TimeSpan.Zero)
            yield return Invariant($"{nameof(FeelerInterval)} is {FeelerInterval}: use more than zero, or null for no feelers.");
        if (ExtraNetworkInterval <= TimeSpan.Zero)
            yield return Invariant($"{nameof(ExtraNetworkInterval)} is {ExtraNetworkInterval}: use more than zero, or null for none.");
        if (ExtraBlockRelayInterval <= TimeSpan.Zero)
            yield return Invariant($"{nameof(ExtraBlockRelayInterval)} is {ExtraBlockRelayInterval}: use more than zero, or null for none.");
        foreach (var error in ((IValidatedOptions?)Quarantine)?.GetErrors() ?? [])
            yield return $"{nameof(Quarantine)}.{error}";
        foreach (var error in ((IValidatedOptions?)Upgrade)?.GetErrors() ?? [])
            yield return $"{nameof(Upgrade)}.{error}";
    }
}
