namespace Connmgr.Bitcoin;

/// <summary>
/// What a <see cref="PeerNetwork"/> does beside keeping its number of peers, so that nobody can surround it, nor its address book grow
/// stale. The defaults are Bitcoin Core's. Immutable.
/// </summary>
public sealed record PeerPolicies : IValidatedOptions
{
    /// <summary>None of it.</summary>
    public static PeerPolicies None { get; } = new() { Anchors = false, FeelerInterval = null, ExtraNetworkInterval = null };

    /// <summary>
    /// Whether to begin with the two peers that the last run had longest: who can make a program restart shall not gain a new choice of all
    /// its peers. Needs a <see cref="PeerNetworkOptions.DataDirectory"/>. Default true.
    /// </summary>
    public bool Anchors { get; init; } = true;

    /// <summary>
    /// The mean time between two feelers, exponentially distributed: short connections that find out whether a peer is there, to an address
    /// that was only heard of, or whose place in the tried table another one claims. Only while no automatic peer is missing; on top of
    /// their number. More than zero; null: none. Default 2 min.
    /// </summary>
    public TimeSpan? FeelerInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The mean time, exponentially distributed, after which one connection beside the wanted number is opened to a network that can be
    /// reached, that the book has addresses of, and that no outbound peer is of; one network at a time. Only while no automatic peer is
    /// missing. More than zero; null: none. Default 5 min.
    /// </summary>
    public TimeSpan? ExtraNetworkInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (FeelerInterval <= TimeSpan.Zero)
            yield return Invariant($"{nameof(FeelerInterval)} is {FeelerInterval}: use more than zero, or null for no feelers.");
        if (ExtraNetworkInterval <= TimeSpan.Zero)
            yield return Invariant($"{nameof(ExtraNetworkInterval)} is {ExtraNetworkInterval}: use more than zero, or null for none.");
    }
}
