namespace Connmgr.Bitcoin;

/// <summary>
/// Finds out why peers are missing, from a snapshot of the connections and from the address book as it is now. Thread-safe.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="book">The address book.</param>
/// <param name="source">The source that draws from the book; null when addresses come from elsewhere.</param>
/// <param name="requiredServices">The services that automatic peers must offer.</param>
internal sealed class ShortageAnalysis(
    ConnectionManager connections, AddressBook book, AddressBookSource? source, NodeServices requiredServices)
{
    /// <summary>Gets the peers that are missing now.</summary>
    /// <returns>Null when none is missing or the network has stopped.</returns>
    public async Task<ConnectionShortage?> GetAsync(CancellationToken cancellationToken) =>
        Get(await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Gets the peers that were missing when a snapshot was taken.</summary>
    /// <returns>Null when none was missing or the network had stopped.</returns>
    public ConnectionShortage? Get(ConnectionManagerSnapshot snapshot) =>
        ConnectionShortage.FromSnapshot(snapshot, GetReasonsOfBook(snapshot.OpenNetworks));

    private ShortageReasons GetReasonsOfBook(AddressNetworks open)
    {
        if (source is not { Networks: var networks })
            return ShortageReasons.None;
        if (book.GetCount(networks) == 0)
            return book.Count == 0 && networks != AddressNetworks.None ? ShortageReasons.NoAddresses : ShortageReasons.Unreachable;
        if (!book.TrySelect(out _, networks, services: (ulong)requiredServices))
            return ShortageReasons.MissingServices;
        return book.TrySelect(out _, networks & open, services: (ulong)requiredServices) ? ShortageReasons.None : ShortageReasons.NetworkOutage;
    }
}
