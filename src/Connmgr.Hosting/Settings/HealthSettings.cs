namespace Connmgr.Hosting;

/// <summary>When connections are healthy: with as many outbound ones as wanted. Not thread-safe.</summary>
public sealed class HealthSettings : IValidatedOptions
{
    /// <summary>
    /// The number of wanted outbound connections, from 1, from which they are no worse than degraded. More than are wanted counts as all of
    /// them. Null, the default: half of those wanted, at least 1.
    /// </summary>
    public int? MinOutbound { get; set; }

    /// <summary>For how long after the start no connection at all is only degraded: finding the first takes a while. From zero. Default 1 min.</summary>
    public TimeSpan StartupGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For how long fewer than <see cref="MinOutbound"/> are only degraded, since an outbound connection was last established, or since the
    /// start. More than zero. Default 5 min.
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
