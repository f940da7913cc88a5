namespace Connmgr.Bitcoin;

/// <summary>
/// The options of an <see cref="IFrontier"/>. They are checked and copied by its constructor. Processes that share a frontier use the same
/// options. Not thread-safe.
/// </summary>
public sealed class FrontierOptions : IValidatedOptions
{
    /// <summary>The greatest length of a record, in bytes: 512.</summary>
    public const int MaxRecordLength = 512;

    /// <summary>The longest time after which an address that was not reachable is due again, if the revisit period is not longer: one day.</summary>
    internal static readonly TimeSpan LongestBackoff = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    /// <summary>The most addresses that the frontier holds. When it is full, new ones are left out. Default 1,000,000.</summary>
    public int MaxAddresses { get; set; } = 1_000_000;

    /// <summary>
    /// The most addresses of one host, which differ by their port: anyone can name thousands. 0 for no limit. Default
    /// 16.
    /// </summary>
    public int MaxAddressesPerHost { get; set; } = 16;

    /// <summary>
    /// The most addresses of one <see cref="Netgroup"/>, so that invented ones do not stretch a round.
    /// 0 for no limit. Default 10,000.
    /// </summary>
    public int MaxAddressesPerNetgroup { get; set; } = 10_000;

    /// <summary>The time for which an address is leased. From 1 s to 24 days. Default 30 s.</summary>
    public TimeSpan LeasePeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The time from the start of a round to that of the next, if the round is over by then. An address that was not reachable is due again
    /// after 1, 2, 4 and so on of these periods, up to a day. From 1 s to 24 days. Default 5 min.
    /// </summary>
    public TimeSpan RevisitPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The number of visits in a row that do not reach a node, after which its address is removed when it is due again. If others name
    /// it later, it is added as a new one. While the frontier is nearly full, two such visits are enough. 1 to 255. Default 16: with a revisit period of 5 min, after nine days.
    /// </summary>
    public int MaxFailures { get; set; } = 16;

    /// <summary>
    /// The pace of all visits, per second. After a pause, those of one second may come at once. 0 for no limit. Default 200.
    /// </summary>
    public double VisitsPerSecond { get; set; } = 200;

    /// <summary>
    /// The pace of visits to the addresses of one <see cref="Netgroup"/>, per second. After a pause, those of one second may come at once.
    /// 0 for no limit. Default 5.
    /// </summary>
    public double VisitsPerSecondPerNetgroup { get; set; } = 5;

    /// <summary>
    /// The most visits to one address in 24 hours; those that were not completed do not count. Default 0: no limit but that of the
    /// <see cref="RevisitPeriod"/>.
    /// </summary>
    public int VisitsPerDay { get; set; }

    /// <summary>The grouping of addresses. Default <see cref="PrefixNetgrouper"/>.</summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>The clock. Used by <see cref="MemoryFrontier"/> only. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets all errors of the options: those that the constructor of a frontier throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (MaxAddresses < 1)
            yield return Invariant($"{nameof(MaxAddresses)} is {MaxAddresses}: use at least 1.");
        if (MaxAddressesPerHost < 0)
            yield return Invariant($"{nameof(MaxAddressesPerHost)} is {MaxAddressesPerHost}: use at least 1, or 0 for no limit.");
        if (MaxAddressesPerNetgroup < 0)
            yield return Invariant($"{nameof(MaxAddressesPerNetgroup)} is {MaxAddressesPerNetgroup}: use at least 1, or 0 for no limit.");
        foreach (var error in OfTime(nameof(LeasePeriod), LeasePeriod).Concat(OfTime(nameof(RevisitPeriod), RevisitPeriod)))
            yield return error;
        if (MaxFailures is < 1 or > byte.MaxValue)
            yield return Invariant($"{nameof(MaxFailures)} is {MaxFailures}: use 1 to {byte.MaxValue}.");
        foreach (var error in OfPace(nameof(VisitsPerSecond), VisitsPerSecond).Concat(OfPace(nameof(VisitsPerSecondPerNetgroup), VisitsPerSecondPerNetgroup)))
            yield return error;
        if (VisitsPerDay < 0)
            yield return Invariant($"{nameof(VisitsPerDay)} is {VisitsPerDay}: use at least 1, or 0 for no limit.");
        if (Netgrouper is null)
            yield return $"{nameof(Netgrouper)} is null: leave it out for prefixes.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null: leave it out for the system's clock.";
    }

    /// <summary>Creates a copy, which later changes do not affect.</summary>
    internal FrontierOptions Copy() => (FrontierOptions)MemberwiseClone();

    private static IEnumerable<string> OfTime(string name, TimeSpan time)
    {
        if (time < TimeSpan.FromSeconds(1) || time > LongestTime)
            yield return Invariant($"{name} is {time}: use 1 s to {LongestTime.Days} days.");
    }

    private static IEnumerable<string> OfPace(string name, double pace)
    {
        if (pace is not 0 and not (>= 0.001 and <= 1_000_000))
            yield return Invariant($"{name} is {pace}: use 0.001 to 1000000, or 0 for no limit.");
    }
}
