namespace Connmgr.Bitcoin;

/// <summary>
/// Finds out why peers are missing, from a snapshot of the connections and from the address book as it is now. Thread-safe.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="book">The address book.</param>
/// <param name="used">The source that the connections use; null for none.</param>
/// <param name="source">The source that draws from the book; null when addresses come from elsewhere.</param>
/// <param name="requiredServices">The services that automatic peers must offer.</param>
/// <param name="getServicesOf">Returns the services that those of a network must offer in addition.</param>
/// <param name="i2p">The link to an I2P router; null when none is used.</param>
internal sealed class ShortageAnalysis(
    ConnectionManager connections,
    AddressBook book,
    IAddressSource? used,
    AddressBookSource? source,
    NodeServices requiredServices,
    Func<AddressNetwork, ulong> getServicesOf,
    I2PLink? i2p)
{
    /// <summary>Gets the peers that are missing now.</summary>
    /// <returns>Null when none is missing or the network has stopped.</returns>
    public async Task<ConnectionShortage?> GetAsync(CancellationToken cancellationToken) =>
        Get(await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Gets the peers that were missing when a snapshot was taken.</summary>
    /// <returns>Null when none was missing or the network had stopped.</returns>
    public ConnectionShortage? Get(ConnectionManagerSnapshot snapshot) =>
        ConnectionShortage.FromSnapshot(
            snapshot,
            (used is { IsAvailable: false } ? ShortageReasons.SourceUnavailable : GetReasonsOfBook(snapshot))
                | (i2p is { HasFailed: true } ? ShortageReasons.NoI2PSession : ShortageReasons.None));

    private ShortageReasons GetReasonsOfBook(ConnectionManagerSnapshot snapshot)
    {
        if (source is not { Networks: var networks })
            return ShortageReasons.None;
        if (book.GetCount(networks) == 0)
            return book.Count == 0 && networks != AddressNetworks.None ? ShortageReasons.NoAddresses : ShortageReasons.Unreachable;
        return snapshot.Groups.Where(static group => group.Connected < group.Target).Select(static group => group.Group).Aggregate(
            ShortageReasons.None,
            (all, group) => all | GetReasons(networks & group.Networks, requiredServices | GroupServices.GetServices(group), snapshot.OpenNetworks));
    }

    /// <summary>Gets the reasons why the book has no address of some networks and with some services.</summary>
    private ShortageReasons GetReasons(AddressNetworks networks, NodeServices services, AddressNetworks open)
    {
        if (book.GetCount(networks) == 0)
            return ShortageReasons.Unreachable;
        var offering = AddressNetworks.None;
        foreach (var (network, set, _) in AddressNetworkTable.All)
        {
            if (networks.HasFlag(set) && book.TrySelect(out _, set, services: (ulong)services | getServicesOf(network)))
                offering |= set;
        }

        return offering == AddressNetworks.None ? ShortageReasons.MissingServices
            : (offering & open) == AddressNetworks.None ? ShortageReasons.NetworkOutage
            : ShortageReasons.None;
    }
}
