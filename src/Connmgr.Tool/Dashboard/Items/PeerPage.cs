using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Peers that are connected, and those that are to be. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record PeerPage(int Total, ImmutableArray<PeerItem> Items);
