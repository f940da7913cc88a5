namespace Connmgr.Hosting;

/// <summary>The thresholds of health: connections are healthy when all wanted outbound ones exist. Not thread-safe.</summary>
public sealed class HealthSettings : IValidatedOptions
{
    /// <summary>
    /// The number of wanted outbound connections from which health is no worse than degraded, from 1. A number above all that are wanted means
    /// all of them. Null, the default: half of those wanted, at least 1.
    /// </summary>
    public int? MinOutbound { get; set; }

    /// <summary>The time after the start in which no connection at all only means degraded: the first one takes a while to find. From zero. Default 1 min.</summary>
    public TimeSpan StartupGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The time, since an outbound connection was last established or since the start, in which fewer than <see cref="MinOutbound"/> only mean
    /// degraded. More than zero. Default 5 min.
    /// </summary>
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets all errors of the settings.</summary>
    /// <returns>One sentence per error, which begins with the name of the setting and ends with the remedy. Empty if the settings are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (MinOutbound < 1)
            yield return Invariant($"MinOutbound is {MinOutbound}: use 1 or more, or leave it out for half of those wanted.");
        if (StartupGrace < TimeSpan.Zero)
            yield return $"StartupGrace is {StartupGrace}: use zero or more.";
        if (StalledAfter <= TimeSpan.Zero)
            yield return $"StalledAfter is {StalledAfter}: use more than zero.";
    }
}
