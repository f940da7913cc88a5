using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The content of a file of bans.</summary>
/// <param name="Bans">The bans.</param>
/// <param name="Places">The place of each among the entries, from 0.</param>
/// <param name="Dropped">The entries that are not right, as many as are told.</param>
/// <param name="DroppedCount">How many there are.</param>
internal sealed record BanListImage(ImmutableArray<Ban> Bans, ImmutableArray<int> Places, ImmutableArray<DroppedBan> Dropped, int DroppedCount);
