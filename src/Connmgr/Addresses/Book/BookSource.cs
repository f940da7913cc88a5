namespace Connmgr;

/// <summary>A source of addresses, shared by the entries that it announced first. Immutable but for the number of them.</summary>
internal sealed class BookSource(in NetworkAddress address, Netgroup group)
{
    public NetworkAddress Address { get; } = address;

    public Netgroup Group { get; } = group;

    /// <summary>The number of entries that refer to it. Maintained by <see cref="BookSources"/>.</summary>
    public int Entries { get; set; }
}
