namespace Connmgr;

/// <summary>The options of a <see cref="BanList"/>. Validated and copied when the list is created. Not thread-safe.</summary>
public sealed class BanListOptions : IValidatedOptions
{
    /// <summary>The clock that ends bans. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The default duration of a ban. A second or more. Default 24 h, as in Bitcoin Core and btcd.</summary>
    public TimeSpan DefaultDuration { get; set; } = BanList.DefaultDuration;

    /// <summary>The maximum number of bans. 1 or more. Default 200,000.</summary>
    public int MaxCount { get; set; } = 200_000;

    /// <summary>
    /// The maximum number of bans with the cause <see cref="BanCause.Misbehavior"/>, so that misbehaving hosts, however many, leave room
    /// for manual bans. 0 or more. Default 50,000.
    /// </summary>
    public int MaxByMisbehavior { get; set; } = 50_000;

    /// <summary>
    /// The callback that returns the autonomous system of an address, 0 for none, such as <see cref="AsMap.GetAutonomousSystem"/>. While
    /// autonomous systems are banned, it is called at each look-up that finds no other ban, never under a lock; it must be fast and
    /// thread-safe. Null, the default: bans of autonomous systems are kept but match nothing.
    /// </summary>
    public Func<NetworkAddress, uint>? GetAutonomousSystem { get; set; }

    /// <summary>
    /// The callback that returns true if the clock can be trusted. While it returns false, ended bans are not in force, but up to
    /// <see cref="MaxCount"/> of them stay in the file, and they are in force again if the clock is set back: a clock that is wrong for a
    /// minute must not end them for good. Called when bans are added or listed, never under a lock; must be fast and thread-safe. Null, the
    /// default: the clock is always trusted.
    /// </summary>
    public Func<bool>? IsClockTrusted { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="BanList"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (DefaultDuration < TimeSpan.FromSeconds(1))
            yield return $"{nameof(DefaultDuration)} is {DefaultDuration}; it must be a second or more.";
        if (MaxCount < 1)
            yield return Invariant($"{nameof(MaxCount)} is {MaxCount}; it must be 1 or more.");
        if (MaxByMisbehavior < 0)
            yield return Invariant($"{nameof(MaxByMisbehavior)} is {MaxByMisbehavior}; it must be 0 or more.");
    }
}
