namespace Connmgr.Bitcoin;

/// <summary>
/// The options of the upgrade: while a group is full and a candidate is expected to be clearly better than the group's worst peer, the
/// candidate is connected as a trial, and takes the place of the worst peer once it has proven itself. One trial at a time. The older half
/// of a group is never replaced, so an attacker can't displace peers that have lasted, and a group never falls below its target. Immutable.
/// </summary>
/// <remarks>
/// Ratings are compared as if no peer had been connected yet (<see cref="PeerFacts.Stayed"/> is zero): the protection of the older half
/// takes the place of that reason. A candidate that was never connected to is expected to be like the median of the group, less what the
/// address book and the quarantine hold against it.
/// </remarks>
public sealed record PeerUpgrade : IValidatedOptions
{
    /// <summary>The shortest time between two trials. At least 1 s. Default 3 min.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// The difference of the ratings from which on a candidate or trial is clearly better. More than zero. Default 15, three quarters of the
    /// weight of a ping.
    /// </summary>
    public double MinGain { get; init; } = 15;

    /// <summary>The time that a trial must last, in which it must also answer a ping. More than zero. Default 30 s.</summary>
    public TimeSpan TrialTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(PeerUpgrade), PrintMembers);

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (Interval < TimeSpan.FromSeconds(1))
            yield return Invariant($"{nameof(Interval)} is {Interval}: use 1 s or more.");
        if (!(MinGain > 0))
            yield return Invariant($"{nameof(MinGain)} is {MinGain}: use more than zero.");
        if (TrialTime <= TimeSpan.Zero)
            yield return Invariant($"{nameof(TrialTime)} is {TrialTime}: use more than zero.");
    }
}
