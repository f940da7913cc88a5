namespace Connmgr;

public sealed partial class AddressBook
{
    /// <summary>
    /// Adds addresses that a source announced. An address is identified by host and port. A known address gets a later
    /// <see cref="PeerAddress.LastSeen"/>, more services and sometimes a further place, up to 8. An unknown address gets the place that
    /// follows from its group and the group of the source, unless a better address has that place.
    /// </summary>
    /// <param name="addresses">The addresses. Enumerated once, outside the lock.</param>
    /// <param name="source">The source of the addresses: the peer, or <see cref="NetworkAddress.FromName"/> of a DNS seed.</param>
    /// <param name="penalty">
    /// The time to subtract from <see cref="PeerAddress.LastSeen"/>, except for an address that is itself the source. Zero or more.
    /// (Bitcoin Core uses 2 h for gossip.)
    /// </param>
    /// <returns>The number of addresses that got a place, first or further.</returns>
    public int Add(IEnumerable<PeerAddress> addresses, in NetworkAddress source, TimeSpan penalty = default)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var placed = 0;
        foreach (var address in addresses)
        {
            if (Add(address, source, penalty))
                placed++;
        }

        return placed;
    }

    /// <summary>Adds an address that a source announced.</summary>
    /// <param name="address">The address.</param>
    /// <param name="source">The source of the address.</param>
    /// <param name="penalty">
    /// The time to subtract from <see cref="PeerAddress.LastSeen"/>, unless the address is itself the source. Zero or more.
    /// </param>
    /// <returns>True if it got a place, first or further.</returns>
    public bool Add(in PeerAddress address, in NetworkAddress source, TimeSpan penalty = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(penalty, TimeSpan.Zero);
        if (!address.EndPoint.Address.IsRoutable)
            return false;
        var group = _grouper.GetGroup(address.EndPoint.Address);
        var sourceGroup = _grouper.GetGroup(source);
        var (seconds, now) = ((long)penalty.TotalSeconds, Now);
        lock (_lock)
        {
            if (!AddUnderQuota(address, group, source, sourceGroup, seconds, now))
                return false;
        }

        AddressAdded.Signal();
        return true;
    }

    /// <summary>
    /// Records that a peer at an address completed the handshake and is useful. Moves the address to the tried table. If another address
    /// has its place there, that one is tested first (<see cref="TrySelectTriedCollision"/>). At most 10 addresses wait for such a test at
    /// a time.
    /// </summary>
    /// <param name="endPoint">The address. An address that is not in the book is not added.</param>
    /// <param name="at">The time of the event; null for now.</param>
    /// <returns>True if it moved to the tried table; false also if it was already there.</returns>
    public bool MarkGood(in NetworkEndPoint endPoint, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            return _tables.MarkGood(endPoint, time);
    }

    /// <summary>
    /// Records an attempt to connect to an address. Call it when the attempt begins or fails. An attempt makes the address less likely for
    /// 10 minutes. A counted failure makes it less likely until the next success; after 3 failures without any success (or 10 failures and
    /// a week since the last success) the address may be replaced. A failure counts at most once between two calls of
    /// <see cref="MarkGood"/> for any address, so that an outage of the local network does not spoil the book.
    /// </summary>
    /// <param name="endPoint">The address. An address that is not in the book is not added.</param>
    /// <param name="countFailure">True to count the attempt as failed. Pass false while the local network may be down.</param>
    /// <param name="at">The time of the attempt; null for now.</param>
    public void RecordAttempt(in NetworkEndPoint endPoint, bool countFailure = true, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            _tables.RecordAttempt(endPoint, countFailure, time);
    }

    /// <summary>
    /// Records that a connection to an address did not last. Counts as a failed attempt each time, because the connection proves that the
    /// local network works. Bitcoin Core does not count it.
    /// </summary>
    /// <param name="endPoint">The address. An address that is not in the book is not added.</param>
    internal void RecordShortConnection(in NetworkEndPoint endPoint)
    {
        var time = ToSeconds(at: null);
        lock (_lock)
            _tables.RecordShortConnection(endPoint, time);
    }

    /// <summary>
    /// Records that a connection to an address was open. Updates <see cref="PeerAddress.LastSeen"/> if that is more than 20 minutes older.
    /// Call it when the connection ends, not while it is open: other peers receive this time and must not learn from it who is connected
    /// now.
    /// </summary>
    /// <param name="endPoint">The address. An address that is not in the book is not added.</param>
    /// <param name="at">The time at which the connection was open; null for now.</param>
    public void RecordConnected(in NetworkEndPoint endPoint, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            _tables.RecordConnected(endPoint, time);
    }

    /// <summary>Records the services that the peer at an address announced itself. They replace all earlier claims about the address.</summary>
    /// <param name="endPoint">The address. An address that is not in the book is not added.</param>
    /// <param name="services">The service bits.</param>
    public void SetServices(in NetworkEndPoint endPoint, ulong services)
    {
        lock (_lock)
            _tables.SetServices(endPoint, services);
    }

    private long ToSeconds(DateTimeOffset? at) => Math.Max(0, (at ?? _timeProvider.GetUtcNow()).ToUnixTimeSeconds());

    private bool AddUnderQuota(in PeerAddress address, Netgroup group, in NetworkAddress source, Netgroup sourceGroup, long penalty, long now)
    {
        if (_quota is null || _tables.Find(address.EndPoint) is not null)
            return _tables.Add(address, group, source, sourceGroup, penalty, now);
        if (!_quota.HasRoom(sourceGroup, now) || !_tables.Add(address, group, source, sourceGroup, penalty, now))
            return false;
        _quota.Charge(sourceGroup, now);
        return true;
    }
}
