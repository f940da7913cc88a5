namespace Connmgr.Tool;

/// <summary>How many addresses a book has. The names are those of the JSON.</summary>
/// <param name="Network">The name of a network, or <c>all</c>.</param>
/// <param name="New">Those only heard of.</param>
/// <param name="Tried">Those where a peer was met.</param>
/// <param name="Total">Both.</param>
internal sealed record AddressCount(string Network, int New, int Tried, int Total);
