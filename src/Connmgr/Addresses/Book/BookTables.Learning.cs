namespace Connmgr;

/// <summary>What the tables make of news about addresses: Bitcoin Core's rules.</summary>
internal sealed partial class BookTables
{
    private const long Hour = 60 * 60;

    /// <summary>Takes an address that someone told of. The address is routable.</summary>
    /// <param name="address">The address and what is said of it.</param>
    /// <param name="group">Its group.</param>
    /// <param name="source">Who told of it.</param>
    /// <param name="sourceGroup">The group of that.</param>
    /// <param name="penalty">How many seconds older it is taken to be.</param>
    /// <param name="now">The present time.</param>
    /// <returns>True when it got a place, be it a further one.</returns>
    public bool Add(in PeerAddress address, Netgroup group, in NetworkAddress source, Netgroup sourceGroup, long penalty, long now)
    {
        var seen = ToSeen(address.LastSeen);
        if (address.EndPoint.Address == source)
            penalty = 0;
        var entry = Find(address.EndPoint);
        if (entry is not null && !IsWorthAnotherPlace(entry, address.Services, seen, penalty, now))
            return false;

        var place = _placement.NewPlace(address.EndPoint, group, sourceGroup);
        var occupant = _new[place];
        if (occupant is not null && (occupant == entry || !GivesWay(occupant, entry, now)))
            return false;
        if (entry is null)
        {
            entry = new BookEntry(address.EndPoint, group, source, sourceGroup)
            {
                Services = address.Services,
                Seen = Math.Max(0, seen - penalty),
            };
            _byEndPoint.Add(entry.EndPoint, entry);
            List(entry);
        }

        ClearNew(place);
        PutIntoNew(entry, place);
        return true;
    }

    /// <summary>A peer was met there.</summary>
    /// <returns>
    /// True when the entry moved to tried. False too when its place there is taken: a test will decide (<see cref="TriedCollisions"/>).
    /// </returns>
    public bool Good(in NetworkEndPoint endPoint, long at)
    {
        _lastGood = at;
        return Find(endPoint) is { } entry && Good(entry, at, evict: false);
    }

    /// <summary>Someone tried to connect.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="countFailure">
    /// Whether it counts as a failure; once at most for each success anywhere, so that an outage of ours does not.
    /// </param>
    /// <param name="at">When.</param>
    public void Attempt(in NetworkEndPoint endPoint, bool countFailure, long at)
    {
        if (Find(endPoint) is not { } entry)
            return;
        entry.LastAttempt = at;
        if (countFailure && entry.LastCountedAttempt < _lastGood)
            CountFailure(entry, at);
    }

    /// <summary>A connection was lost soon after its handshake.</summary>
    public void NotLasted(in NetworkEndPoint endPoint, long at)
    {
        if (Find(endPoint) is not { } entry)
            return;
        entry.LastAttempt = at;
        CountFailure(entry, at);
    }

    private static void CountFailure(BookEntry entry, long at)
    {
        entry.LastCountedAttempt = at;
        if (entry.FailedAttempts < int.MaxValue)
            entry.FailedAttempts++;
    }

    /// <summary>A connection was there at that time. Not told of at once, lest it tell others when a connection began.</summary>
    public void Connected(in NetworkEndPoint endPoint, long at)
    {
        if (Find(endPoint) is { } entry && at - entry.Seen > Hour / 3)
            entry.Seen = Math.Min(at, uint.MaxValue);
    }

    public void SetServices(in NetworkEndPoint endPoint, ulong services)
    {
        if (Find(endPoint) is { } entry)
            ChangeServices(entry, services);
    }

    /// <summary>As the files have it: an unsigned number of 32 bits.</summary>
    public static long ToSeen(DateTimeOffset time) => Math.Clamp(time.ToUnixTimeSeconds(), 0, uint.MaxValue);

    internal bool Good(BookEntry entry, long at, bool evict)
    {
        entry.LastSuccess = entry.LastAttempt = at;
        entry.FailedAttempts = 0;
        if (entry.IsTried)
            return false;
        var place = _placement.TriedPlace(entry.EndPoint, entry.Group);
        if (!evict && _tried[place] is not null)
        {
            _collisions.Add(entry);
            return false;
        }

        MoveToTried(entry, place);
        return true;
    }

    /// <summary>Each further place is half as likely as the one before, and needs something new to be said.</summary>
    private bool IsWorthAnotherPlace(BookEntry entry, ulong services, long seen, long penalty, long now)
    {
        var interval = now - seen < 24 * Hour ? Hour : 24 * Hour;
        if (entry.Seen < seen - interval - penalty)
            entry.Seen = Math.Max(0, seen - penalty);
        ChangeServices(entry, entry.Services | services);
        return seen > entry.Seen
            && !entry.IsTried
            && entry.References < BookLimits.MaxReferences
            && _random.Next(1 << entry.References) == 0;
    }

    private void ChangeServices(BookEntry entry, ulong services)
    {
        if (entry.Services == services)
            return;
        entry.Services = services;
        if (entry.IsTried)
            _tried.ServicesChanged(_placement.TriedPlace(entry.EndPoint, entry.Group));
        foreach (var place in entry.NewPlaces)
            _new.ServicesChanged(place);
    }

    private static bool GivesWay(BookEntry occupant, BookEntry? entry, long now) =>
        occupant.IsTerrible(now) || (occupant.References > 1 && entry is null);
}
