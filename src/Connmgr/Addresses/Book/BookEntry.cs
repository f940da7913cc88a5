using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>An address in the tables. Times are in seconds since 1970, 0 for never. Used by its tables only, under the book's lock.</summary>
internal sealed class BookEntry
{
    private const long Minute = 60;
    private const long Day = 24 * 60 * Minute;

    private Places _places;

    public BookEntry(in NetworkEndPoint endPoint, Netgroup group, in NetworkAddress source, Netgroup sourceGroup)
    {
        EndPoint = endPoint;
        Group = group;
        Source = source;
        SourceGroup = sourceGroup;
        Network = AddressNetworkTable.IndexOf(endPoint.Address.Network);
    }

    public NetworkEndPoint EndPoint { get; }

    public Netgroup Group { get; }

    /// <summary>The source that announced the address first.</summary>
    public NetworkAddress Source { get; }

    public Netgroup SourceGroup { get; }

    /// <summary>The index of the network in <see cref="AddressNetworkTable"/>.</summary>
    public int Network { get; }

    public ulong Services { get; set; }

    public long Seen { get; set; }

    public long LastAttempt { get; set; }

    public long LastCountedAttempt { get; set; }

    public long LastSuccess { get; set; }

    public int FailedAttempts { get; set; }

    /// <summary>The index in the list of all entries; -1 after removal.</summary>
    public int Index { get; set; } = -1;

    public bool IsTried { get; set; }

    public int References { get; private set; }

    /// <summary>The places in the new table.</summary>
    public ReadOnlySpan<ushort> NewPlaces => ((ReadOnlySpan<ushort>)_places)[..References];

    public void AddNewPlace(int place) => _places[References++] = (ushort)place;

    public void RemoveNewPlace(int place)
    {
        var at = NewPlaces.IndexOf((ushort)place);
        _places[at] = _places[--References];
    }

    /// <summary>Determines whether the entry is worthless: not seen for long, last seen in the future, or failed too often.</summary>
    public bool IsTerrible(long now)
    {
        if (now - LastAttempt <= Minute)
            return false;
        if (Seen > now + (10 * Minute) || now - Seen > 30 * Day)
            return true;
        return LastSuccess == 0 ? FailedAttempts >= 3 : FailedAttempts >= 10 && now - LastSuccess > 7 * Day;
    }

    /// <summary>
    /// Gets the probability that a draw of this entry is accepted: lower after an attempt within 10 minutes, and after failures. At least
    /// 0.00036.
    /// </summary>
    public double GetChance(long now)
    {
        var recent = Math.Max(now - LastAttempt, 0) < 10 * Minute ? 0.01 : 1.0;
        return recent * Math.Pow(0.66, Math.Min(FailedAttempts, 8));
    }

    public AddressEntry ToEntry() => new()
    {
        Address = new PeerAddress(EndPoint, Services, DateTimeOffset.FromUnixTimeSeconds(Seen)),
        Source = Source,
        LastAttempt = ToTime(LastAttempt),
        LastSuccess = ToTime(LastSuccess),
        FailedAttempts = FailedAttempts,
        IsTried = IsTried,
        References = References,
    };

    private static DateTimeOffset? ToTime(long seconds) => seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds);

    [InlineArray(BookLimits.MaxReferences)]
    private struct Places
    {
        private ushort _first;
    }
}
