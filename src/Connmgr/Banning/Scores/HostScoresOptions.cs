namespace Connmgr;

/// <summary>The options of <see cref="HostScores"/>. Validated and copied when the scores are created. Not thread-safe.</summary>
public sealed class HostScoresOptions : IValidatedOptions
{
    private const int MaxCapacity = 10_000_000;

    /// <summary>The clock for the decay of scores. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The scores above which an action is taken against a host. Default 50, 75 and 100: btcd warns above 50 and bans above 100.</summary>
    public ScoreThresholds Thresholds { get; set; } = ScoreThresholds.Default;

    /// <summary>
    /// The maximum number of remembered hosts, from 16 to 10,000,000; rounded up to a multiple of 16. Default 65,536, which takes up to 6
    /// MB.
    /// </summary>
    public int Capacity { get; set; } = 65_536;

    /// <summary>
    /// The time after the last misbehaviour at which a host is forgotten, including its persistent points. A second or more. Default 24 h.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// The grouping of hosts, so that action is taken sooner against a host in a bad neighbourhood: the points of all hosts of a group add
    /// up and are compared with <see cref="NetgroupThresholds"/>. Groups that do not indicate who operates their members
    /// (<see cref="Netgroup.IsExempt"/>) are left out. Null, the default: no groups.
    /// </summary>
    public INetgrouper? Netgrouper { get; set; }

    /// <summary>
    /// The scores of a netgroup above which an action is taken against the member that has just misbehaved. Default
    /// 500, 750 and 1,000.
    /// </summary>
    public ScoreThresholds NetgroupThresholds { get; set; } = ScoreThresholds.DefaultForNetgroup;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="HostScores"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. Errors(),
        .. Thresholds.Errors(nameof(Thresholds)),
        .. NetgroupThresholds.Errors(nameof(NetgroupThresholds)),
    ];

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (Capacity is < HostScores.EntriesPerBucket or > MaxCapacity)
            yield return Invariant($"{nameof(Capacity)} is {Capacity}; it must be from {HostScores.EntriesPerBucket} to {MaxCapacity}.");
        if (Retention < TimeSpan.FromSeconds(1))
            yield return $"{nameof(Retention)} is {Retention}; it must be a second or more.";
    }
}
