namespace Connmgr;

public sealed partial class AddressBook
{
    /// <summary>
    /// Chooses an address to dial, with the distribution of Bitcoin Core. If both tables have addresses of the wanted networks, each table is
    /// equally likely, and so is each bucket of the table that contains one. An attempt within the last 10 minutes makes an address 100 times
    /// less likely, and each failure makes it a third less likely. Age plays no part. A choice takes a microsecond or less and allocates
    /// nothing, except that the first choice with a set of services that was not used recently walks through the tables.
    /// </summary>
    /// <param name="entry">The address and what is known about it.</param>
    /// <param name="networks">The allowed networks. Default all.</param>
    /// <param name="tables">The tables to choose from. Default both; feelers use the new table alone.</param>
    /// <param name="services">
    /// The service bits that the address must claim to offer. The cost is the same even if only one address in 20,000 does. Default 0: any.
    /// </param>
    /// <returns>False if the book has no such address.</returns>
    public bool TrySelect(
        out AddressEntry entry, AddressNetworks networks = AddressNetworks.All, AddressTables tables = AddressTables.Both, ulong services = 0)
    {
        var now = Now;
        lock (_lock)
        {
            var selected = _tables.Select(networks, tables, services, now);
            entry = selected?.ToEntry() ?? default;
            return selected is not null;
        }
    }

    /// <summary>
    /// Gets random addresses, each at most once, to answer a peer that asks for addresses. Leaves out addresses that were not seen for
    /// long, that were last seen in the future, or that failed too often. A new answer to each request would reveal the whole book to a
    /// peer that asks often, so cache the answer: Bitcoin Core gives the same one for about a day.
    /// </summary>
    /// <param name="max">The maximum number of addresses. 0: no limit. Default 1000, the most that one message can contain.</param>
    /// <param name="maxPercent">
    /// The maximum in percent of all addresses in the book, whatever their network. 0: no limit, up to 100. Default 23, as in Bitcoin Core.
    /// </param>
    /// <param name="networks">The allowed networks. Default all.</param>
    /// <param name="includeTerrible">True to include the addresses that are otherwise left out. Default false.</param>
    /// <returns>The addresses.</returns>
    public IReadOnlyList<PeerAddress> GetAddresses(
        int max = 1000, int maxPercent = 23, AddressNetworks networks = AddressNetworks.All, bool includeTerrible = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        ArgumentOutOfRangeException.ThrowIfNegative(maxPercent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxPercent, 100);
        var now = Now;
        var addresses = new List<PeerAddress>();
        lock (_lock)
            _tables.Sample(max, maxPercent, networks, includeTerrible, now, addresses);
        return addresses;
    }

    /// <summary>
    /// Selects an address in the tried table whose place another address claims. Connect to it and report the outcome with
    /// <see cref="MarkGood"/> or <see cref="RecordAttempt"/>. If the attempt fails, <see cref="ResolveCollisions"/> gives its place to the
    /// claimant.
    /// </summary>
    /// <param name="entry">The address to test.</param>
    /// <returns>False if there is none to test.</returns>
    internal bool TrySelectTriedCollision(out AddressEntry entry)
    {
        lock (_lock)
        {
            var selected = _tables.SelectTriedCollision();
            entry = selected?.ToEntry() ?? default;
            return selected is not null;
        }
    }

    /// <summary>
    /// Decides which of two addresses gets a place in the tried table that both claim. The occupant keeps its place if it answered within
    /// the last 4 hours. The claimant gets it if the occupant was tried since and did not answer for a minute, or if no one tried the
    /// occupant for 40 minutes. Call it before each choice.
    /// </summary>
    public void ResolveCollisions()
    {
        var now = Now;
        lock (_lock)
            _tables.ResolveCollisions(now);
    }
}
