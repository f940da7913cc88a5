using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The content of a file of bans.</summary>
/// <param name="Bans">The bans.</param>
/// <param name="Places">The place of each among the entries, from 0.</param>
/// <param name="Dropped">The invalid entries, up to the maximum that is reported.</param>
/// <param name="DroppedCount">The number of all invalid entries.</param>
internal sealed record BanListImage(ImmutableArray<Ban> Bans, ImmutableArray<int> Places, ImmutableArray<RejectedBan> Dropped, int DroppedCount);
