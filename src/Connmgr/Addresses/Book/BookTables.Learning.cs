namespace Connmgr;

/// <summary>The effect of news about addresses on the tables, by the rules of Bitcoin Core.</summary>
internal sealed partial class BookTables
{
    private const long Hour = 60 * 60;

    /// <summary>Adds an address that a source announced. The address is routable.</summary>
    /// <param name="address">The address and what is claimed about it.</param>
    /// <param name="group">Its group.</param>
    /// <param name="source">The source of the address.</param>
    /// <param name="sourceGroup">The group of the source.</param>
    /// <param name="penalty">The seconds to subtract from the time when it was last seen.</param>
    /// <param name="now">The current time.</param>
    /// <returns>True if it got a place, first or further.</returns>
    public bool Add(in PeerAddress address, Netgroup group, in NetworkAddress source, Netgroup sourceGroup, long penalty, long now)
    {
        var seen = ToSeen(address.LastSeen);
        if (address.EndPoint.Address == source)
            penalty = 0;
        var entry = Find(address.EndPoint);
        if (entry is not null && !EarnsFurtherPlace(entry, address.Services, seen, penalty, now))
            return false;

        var place = _placement.GetNewPlace(address.EndPoint, group, sourceGroup);
        var occupant = _new[place];
        if (occupant is not null && (occupant == entry || !IsReplaceable(occupant, entry, now)))
            return false;
        if (entry is null)
        {
            entry = _entries.Create(address.EndPoint, group, source, sourceGroup);
            entry.Services = address.Services;
            entry.Seen = seen - penalty;
            _entries.TryAdd(entry);
            _entries.List(entry);
        }

        ClearNew(place);
        PutIntoNew(entry, place);
        return true;
    }

    /// <summary>Records that a peer answered at an address.</summary>
    /// <returns>
    /// True if the entry moved to tried. False also if its place there is taken: then a test decides (<see cref="TriedCollisions"/>).
    /// </returns>
    public bool MarkGood(in NetworkEndPoint endPoint, long at)
    {
        _lastGood = at;
        return Find(endPoint) is { } entry && MarkGood(entry, at, evict: false);
    }

    /// <summary>Records an attempt to connect.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="countFailure">
    /// True to count it as a failure. It counts at most once between two successes of any address, so that a local outage does not count.
    /// </param>
    /// <param name="at">The time of the attempt.</param>
    public void RecordAttempt(in NetworkEndPoint endPoint, bool countFailure, long at)
    {
        if (Find(endPoint) is not { } entry)
            return;
        entry.LastAttempt = at;
        if (countFailure && entry.LastCountedAttempt < _lastGood)
            CountFailure(entry, at);
    }

    /// <summary>Records that a connection was lost soon after its handshake.</summary>
    public void RecordShortConnection(in NetworkEndPoint endPoint, long at)
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

    /// <summary>
    /// Records that a connection was open. Updates the time only if it is 20 minutes old, so that it does not reveal when a connection
    /// began.
    /// </summary>
    public void RecordConnected(in NetworkEndPoint endPoint, long at)
    {
        if (Find(endPoint) is { } entry && at - entry.Seen > Hour / 3)
            entry.Seen = at;
    }

    public void SetServices(in NetworkEndPoint endPoint, ulong services)
    {
        if (Find(endPoint) is { } entry)
            ChangeServices(entry, services);
    }

    /// <summary>Converts a time to the unsigned number of 32 bits that the files contain.</summary>
    public static long ToSeen(DateTimeOffset time) => Math.Clamp(time.ToUnixTimeSeconds(), 0, uint.MaxValue);

    internal bool MarkGood(BookEntry entry, long at, bool evict)
    {
        entry.LastSuccess = entry.LastAttempt = at;
        entry.FailedAttempts = 0;
        if (entry.IsTried)
            return false;
        var place = _placement.GetTriedPlace(entry.EndPoint, entry.Group);
        if (!evict && _tried[place] is not null)
        {
            _collisions.Add(entry);
            return false;
        }

        MoveToTried(entry, place);
        return true;
    }

    /// <summary>
    /// Determines whether a known entry gets a further place. Each is half as likely as the one before, and only a more
    /// recent announcement can earn it.
    /// </summary>
    private bool EarnsFurtherPlace(BookEntry entry, ulong services, long seen, long penalty, long now)
    {
        var interval = now - seen < 24 * Hour ? Hour : 24 * Hour;
        if (entry.Seen < seen - interval - penalty)
            entry.Seen = seen - penalty;
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
            _tried.UpdateServices(_placement.GetTriedPlace(entry.EndPoint, entry.Group));
        foreach (var place in entry.NewPlaces)
            _new.UpdateServices(place);
    }

    private static bool IsReplaceable(BookEntry occupant, BookEntry? entry, long now) =>
        occupant.IsTerrible(now) || (occupant.References > 1 && entry is null);
}
