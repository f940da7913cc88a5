namespace Connmgr;

/// <summary>The options of an <see cref="AddressBook"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class AddressBookOptions : IValidatedOptions
{
    /// <summary>The length of <see cref="Key"/> in bytes.</summary>
    internal const int KeyLength = 32;

    /// <summary>
    /// Says which addresses belong together: <see cref="AsMap"/>, or by prefixes, the default. Never called under the book's lock.
    /// </summary>
    public INetgrouper Netgrouper { get; set; } = PrefixNetgrouper.Instance;

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The source of chance. Used under the book's lock, so it must not be shared with others. Null, the default: one seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>
    /// The secret, 32 bytes, not all zero, that decides the places of addresses: whoever knows it can choose addresses that push others
    /// out. Null, the default: a new one. A book that is read from a file keeps that of the file, whatever is given here. For tests.
    /// </summary>
    public ReadOnlyMemory<byte>? Key { get; set; }

    /// <summary>
    /// The most addresses unknown so far that one source group may bring in within <see cref="QuotaPeriod"/>; what is above it is passed
    /// over. From 1. Null, the default: only the places bound it (a source group reaches 64 of the 1,024 buckets of the new table), as in
    /// Bitcoin Core.
    /// </summary>
    public int? MaxNewPerSourceGroup { get; set; }

    /// <summary>The time in which <see cref="MaxNewPerSourceGroup"/> counts. More than zero. Default 1 h.</summary>
    public TimeSpan QuotaPeriod { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressBook"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
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
