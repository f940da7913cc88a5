namespace Connmgr.Bitcoin;

/// <summary>
/// The options of the quarantine: the addresses of peers that leave early, time out, or lack services that they promised rest, longer each
/// time, and after a restart too. A resting address is not dialled for an automatic peer, unless there is no outbound peer and the book has
/// nothing better; feelers may test it. Permanent and one-off peers are never quarantined. Immutable.
/// </summary>
/// <remarks>
/// Nothing is held against a peer while there are too few others to tell its fault from one of the connection to the
/// Internet: with less than two netgroups left, or with none left where fewer peers are wanted. The quarantine keeps up to 4,096 addresses;
/// beyond that it drops those whose rest ends first.
/// </remarks>
public sealed record PeerQuarantine : IValidatedOptions
{
    /// <summary>
    /// The time within which a peer leaves early: a connection that the peer closes or resets before counts against it, and so does one that
    /// it closes during the handshake. Zero or more. Default 30 s.
    /// </summary>
    public TimeSpan LeavesWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The first rest. Each further one is twice as long. More than zero. Default 5 min.</summary>
    public TimeSpan FirstRest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The longest rest, at least <see cref="FirstRest"/> and at most a year. An address is forgotten when it has given no cause for this long after its rest.
    /// Default 1 day.
    /// </summary>
    public TimeSpan LongestRest { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The duration of a connection that speaks for a peer: it halves the number of times that count against the address. More than
    /// <see cref="LeavesWithin"/>. Default 10 min.
    /// </summary>
    public TimeSpan LastsFrom { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(PeerQuarantine), PrintMembers);

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (LeavesWithin < TimeSpan.Zero)
            yield return Invariant($"{nameof(LeavesWithin)} is {LeavesWithin}: use zero or more.");
        if (FirstRest <= TimeSpan.Zero)
            yield return Invariant($"{nameof(FirstRest)} is {FirstRest}: use more than zero.");
        if (LongestRest < FirstRest || LongestRest > TimeSpan.FromDays(366))
            yield return Invariant($"{nameof(LongestRest)} is {LongestRest}: use {nameof(FirstRest)}, {FirstRest}, or more, and no more than a year.");
        if (LastsFrom <= LeavesWithin)
            yield return Invariant($"{nameof(LastsFrom)} is {LastsFrom}: use more than {nameof(LeavesWithin)}, {LeavesWithin}.");
    }
}
