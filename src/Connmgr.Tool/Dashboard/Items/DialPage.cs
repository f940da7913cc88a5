using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Attempts under way. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them, in the order of their ids.</param>
internal sealed record DialPage(int Total, ImmutableArray<DialItem> Items);
