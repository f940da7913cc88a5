namespace Connmgr;

public sealed partial class AddressBook
{
    /// <summary>
    /// Chooses an address to dial. Either table is as likely as the other, when both have addresses of these networks; in the table each
    /// bucket that has one is as likely as the others. An address tried within 10 minutes is 100 times less likely, and each failure costs
    /// a third. Age plays no part. The distribution is that of Bitcoin Core; the cost is a microsecond or less, and nothing is allocated.
    /// Services that were not asked for lately cost a walk through the tables once; after that the cost is the same for them.
    /// </summary>
    /// <param name="entry">The address and what is known of it.</param>
    /// <param name="networks">The networks it may be of. Default all.</param>
    /// <param name="tables">The tables it may be from. Default both; new alone for feelers.</param>
    /// <param name="services">
    /// The service bits that it is said to offer, all of them: among 20,000 addresses the only one that does is found at once. Default 0: any.
    /// </param>
    /// <returns>False when the book has none.</returns>
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
    /// Addresses at random, each once at most: what to answer when a peer asks for some. Those long unseen, from the future or failed too
    /// often are left out.
    /// Answering each question anew would tell the book to whoever asks often: Bitcoin Core gives the same answer for about a day.
    /// </summary>
    /// <param name="max">The most to give. 0: no limit. Default 1000, the most in one message.</param>
    /// <param name="maxPercent">
    /// The most to give in percent of all in the book, of any network. 0: no limit, up to 100. Default 23, as in Bitcoin Core.
    /// </param>
    /// <param name="networks">The networks they may be of. Default all.</param>
    /// <param name="includeTerrible">Whether to give those too that are otherwise left out. Default false.</param>
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
    /// An address in the tried table whose place another one claims. Connect to it, then tell of the outcome by <see cref="MarkGood"/> or
    /// <see cref="RecordAttempt"/>: when it fails, <see cref="ResolveCollisions"/> gives its place away.
    /// </summary>
    /// <param name="entry">The address to test.</param>
    /// <returns>False when none is to be tested.</returns>
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
    /// Decides who has the places in the tried table that two addresses claim: the one that is there when it answered within 4 hours; the
    /// other when the first was tried since and did not answer for a minute, or was not tried for 40 minutes. Call it before each choice.
    /// </summary>
    public void ResolveCollisions()
    {
        var now = Now;
        lock (_lock)
            _tables.ResolveCollisions(now);
    }
}
