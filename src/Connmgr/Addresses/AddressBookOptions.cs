namespace Connmgr;

/// <summary>The options of an <see cref="AddressBook"/>. Validated and copied when the book is created. Not thread-safe.</summary>
public sealed class AddressBookOptions : IValidatedOptions
{
    /// <summary>The length of <see cref="Key"/> in bytes.</summary>
    internal const int KeyLength = 32;

    /// <summary>
    /// The grouping of addresses: by autonomous system (<see cref="AsMap"/>) or by prefix, the default. Never called under the book's lock.
    /// </summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The random numbers. Used under the book's lock, so do not share the instance. Null, the default: an instance seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>
    /// The secret that determines the places of addresses: 32 bytes, not all zero. An attacker who knows it can choose addresses that push
    /// others out. Null, the default: a new random key. A book that is read from a file keeps the key of the file and ignores this option.
    /// For tests.
    /// </summary>
    public ReadOnlyMemory<byte>? Key { get; set; }

    /// <summary>
    /// The maximum number of previously unknown addresses that one source group may add within <see cref="QuotaPeriod"/>; further ones are
    /// ignored. 1 or more. Null, the default: no quota, as in Bitcoin Core, so that only the places limit a source group (it reaches 64 of
    /// the 1,024 buckets of the new table).
    /// </summary>
    public int? MaxNewPerSourceGroup { get; set; }

    /// <summary>The period of <see cref="MaxNewPerSourceGroup"/>. More than zero. Default 1 h.</summary>
    public TimeSpan QuotaPeriod { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressBook"/> throws.</summary>
    /// <returns>
    /// One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.
    /// </returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (Netgrouper is null)
            yield return $"{nameof(Netgrouper)} is null; leave it out to group by prefixes.";
        else if (Netgrouper.Version.Length != PeersFormat.GroupingLength)
        {
            yield return Invariant($"{nameof(Netgrouper)} has a {nameof(INetgrouper.Version)} of {Netgrouper.Version.Length} bytes; ")
                + Invariant($"it must have {PeersFormat.GroupingLength}, or no file of the book could be read.");
        }

        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
        if (Key is { Length: not KeyLength and var length })
            yield return Invariant($"{nameof(Key)} has {length} bytes; it must have {KeyLength}. Leave it out for a new one.");
        else if (Key is { } key && !key.Span.ContainsAnyExcept((byte)0))
            yield return $"{nameof(Key)} is all zero, which is no secret. Leave it out for a new one.";
        if (MaxNewPerSourceGroup is < 1 and var max)
            yield return Invariant($"{nameof(MaxNewPerSourceGroup)} is {max}; it must be 1 or more, or null for no quota.");
        if (QuotaPeriod <= TimeSpan.Zero)
            yield return $"{nameof(QuotaPeriod)} is {QuotaPeriod}; it must be more than zero.";
    }
}
