namespace Connmgr;

/// <summary>The options of an <see cref="AddressBook"/>. Checked and copied when it is made. Not thread-safe.</summary>
public sealed class AddressBookOptions
{
    /// <summary>The length of <see cref="Key"/> in bytes.</summary>
    public const int KeyLength = 32;

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
}
