using System.Collections.Immutable;

namespace Connmgr;

/// <summary>What <see cref="BanListFile"/> found in a file.</summary>
/// <param name="Bans">
/// The list: the entries of the file that could be taken and hold still; empty when the file is not there or damaged.
/// </param>
/// <param name="Dropped">Entries that could not be taken, the first <see cref="BanListFile.MaxDroppedTold"/> of them.</param>
/// <param name="DroppedCount">How many could not be taken. Those that have ended do not count.</param>
/// <param name="Damage">Why the file could not be read, for a message. Null: it could, or there is none.</param>
/// <param name="SetAside">The name that the damaged file has now. Null without damage.</param>
public sealed record LoadedBanList(
    BanList Bans, ImmutableArray<DroppedBan> Dropped, int DroppedCount, AddressFileException? Damage = null, string? SetAside = null);
