using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Decisions. The names are those of the JSON.</summary>
/// <param name="Items">The last of each tone, in the order of their numbers.</param>
internal sealed record DecisionPage(ImmutableArray<DecisionItem> Items);
