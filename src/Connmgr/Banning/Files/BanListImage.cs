using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The content of a file of bans.</summary>
internal sealed record BanListImage(ImmutableArray<Ban> Bans, ImmutableArray<DroppedBan> Dropped, int DroppedCount);
