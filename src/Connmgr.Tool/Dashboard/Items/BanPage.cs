using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Bans. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record BanPage(int Total, ImmutableArray<BanItem> Items);
