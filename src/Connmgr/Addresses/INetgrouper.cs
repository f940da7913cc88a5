namespace Connmgr;

/// <summary>
/// Says which addresses belong together, for all that spreads over groups. <see cref="PrefixNetgrouper"/> goes by prefixes,
/// <see cref="AsMap"/> by autonomous systems. Implementations are thread-safe, allocate nothing per call, and always give the same answer.
/// </summary>
public interface INetgrouper
{
    /// <summary>
    /// 32 bytes that name the grouping, which files of an address book keep: all zeros for Bitcoin Core's prefixes, the hash of the map for
    /// an AS map. With another name than the one in the file, a book places its addresses anew.
    /// </summary>
    ReadOnlySpan<byte> Version { get; }

    /// <summary>The group of an address.</summary>
    /// <param name="address">The address, of any network.</param>
    /// <returns>Its group.</returns>
    Netgroup GetGroup(in NetworkAddress address);
}
