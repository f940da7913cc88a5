using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The content of a file of bans, as <see cref="BanListFile"/> read it. Immutable.</summary>
public sealed class LoadedBanList
{
    internal LoadedBanList(BanList bans, ImmutableArray<RejectedBan> rejected, int rejectedCount, AddressFileException? error = null, string? quarantinePath = null) =>
        (Bans, Rejected, RejectedCount, Error, QuarantinePath) = (bans, rejected, rejectedCount, error, quarantinePath);

    /// <summary>The list: the entries of the file that are valid and have not ended. Empty if there is no file or it is damaged.</summary>
    public BanList Bans { get; }

    /// <summary>The first 100 invalid entries.</summary>
    public ImmutableArray<RejectedBan> Rejected { get; }

    /// <summary>The number of invalid entries. Bans that have ended do not count.</summary>
    public int RejectedCount { get; }

    /// <summary>The reason why the file could not be read, for a message; null if it was read or does not exist.</summary>
    public AddressFileException? Error { get; }

    /// <summary>The path to which the damaged file was renamed; null without damage.</summary>
    public string? QuarantinePath { get; }
}

/// <summary>An invalid entry of a file of bans. Immutable.</summary>
public sealed class RejectedBan
{
    internal RejectedBan(int index, string reason) => (Index, Reason) = (index, reason);

    /// <summary>The index among the entries, from 0.</summary>
    public int Index { get; }

    /// <summary>The error, with the invalid value, for a message.</summary>
    public string Reason { get; }
}
