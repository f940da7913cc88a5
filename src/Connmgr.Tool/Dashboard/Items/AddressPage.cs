using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Addresses of the book. The names are those of the JSON.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Items">Some of them.</param>
internal sealed record AddressPage(int Total, ImmutableArray<AddressItem> Items);
