namespace Connmgr;

public sealed partial class AddressBook
{
    /// <summary>
    /// Takes addresses that someone told of. Each is known by address and port. One that is known gets a later
    /// <see cref="PeerAddress.LastSeen"/>, more services and maybe a further place, up to 8; an unknown one gets the place that follows
    /// from its group and the source's, unless a better address is there.
    /// </summary>
    /// <param name="addresses">The addresses. Enumerated once, outside the lock.</param>
    /// <param name="source">Who told of them: the peer, or <see cref="NetworkAddress.FromName"/> of a DNS seed.</param>
    /// <param name="penalty">
    /// How much older than said they are taken to be, for those who are not themselves the source. From zero. (Bitcoin Core takes 2 h for
    /// gossip.)
    /// </param>
    /// <returns>How many got a place, be it a further one.</returns>
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

    /// <summary>Takes an address that someone told of.</summary>
    /// <param name="address">The address.</param>
    /// <param name="source">Who told of it.</param>
    /// <param name="penalty">How much older than said it is taken to be, unless it is itself the source. From zero.</param>
    /// <returns>True when it got a place, be it a further one.</returns>
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

        News.Signal();
        return true;
    }

    /// <summary>
    /// A peer was met at an address: it did the handshake and is of use. Moves it to the tried table, unless another is at its place there:
    /// then that one is tested first (<see cref="TrySelectTriedCollision"/>), as only 10 wait at a time.
    /// </summary>
    /// <param name="endPoint">The address. One that is not in the book is not added.</param>
    /// <param name="at">When; null: now.</param>
    /// <returns>True when it moved to the tried table; false too when it was there already.</returns>
    public bool MarkGood(in NetworkEndPoint endPoint, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            return _tables.Good(endPoint, time);
    }

    /// <summary>
    /// An attempt to connect to an address was made. Call it when the attempt begins or fails. It makes the address less likely for 10
    /// minutes; counted as failed, it does so until the next success there, and after 3 without any success (10, and a week since) the
    /// address may be replaced. It counts once at most for each <see cref="MarkGood"/> of any address, so that an outage of our own does not
    /// spoil the book.
    /// </summary>
    /// <param name="endPoint">The address. One that is not in the book is not added.</param>
    /// <param name="countFailure">Whether it counts as failed. False while the program itself may have no network.</param>
    /// <param name="at">When; null: now.</param>
    public void RecordAttempt(in NetworkEndPoint endPoint, bool countFailure = true, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            _tables.Attempt(endPoint, countFailure, time);
    }

    /// <summary>
    /// A connection to an address did not last. Counts as a failed attempt, each time: that there was a connection shows that our network is there. Bitcoin Core does not count it.
    /// </summary>
    /// <param name="endPoint">The address. One that is not in the book is not added.</param>
    internal void NotLasted(in NetworkEndPoint endPoint)
    {
        var time = ToSeconds(at: null);
        lock (_lock)
            _tables.NotLasted(endPoint, time);
    }

    /// <summary>
    /// A connection to an address was open. Sets <see cref="PeerAddress.LastSeen"/> when that is over 20 minutes older. Call it when the
    /// connection ends, not while it is open: others are told the time, and should not learn from it whom one is connected to.
    /// </summary>
    /// <param name="endPoint">The address. One that is not in the book is not added.</param>
    /// <param name="at">When; null: now.</param>
    public void RecordConnected(in NetworkEndPoint endPoint, DateTimeOffset? at = null)
    {
        var time = ToSeconds(at);
        lock (_lock)
            _tables.Connected(endPoint, time);
    }

    /// <summary>The peer at an address itself said which services it offers: takes the place of all that was said of them before.</summary>
    /// <param name="endPoint">The address. One that is not in the book is not added.</param>
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
