namespace Connmgr;

/// <summary>
/// Groups addresses, for everything that spreads over groups. <see cref="PrefixNetgrouper"/> groups by prefix, <see cref="AsMap"/> by
/// autonomous system. Implementations are thread-safe, do not allocate, and always return the same group for the same address.
/// </summary>
public interface INetgrouper
{
    /// <summary>
    /// The 32 bytes that identify the grouping in the files of an address book: all zeros for Bitcoin Core's prefixes, the hash of the map
    /// for an AS map. If they differ from those in the file, a book computes new places for its addresses.
    /// </summary>
    ReadOnlySpan<byte> Version { get; }

    /// <summary>Gets the group of an address.</summary>
    /// <param name="address">The address, of any network.</param>
    /// <returns>Its group.</returns>
    Netgroup GetGroup(in NetworkAddress address);
}
