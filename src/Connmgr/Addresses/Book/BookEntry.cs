using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>An address in the tables. Times are in seconds since 1970, 0 for never, and end in 2106, as in the wire's messages. Used by its tables only, under the book's lock.</summary>
internal sealed class BookEntry
{
    private const long Minute = 60;
    private const long Day = 24 * 60 * Minute;

    // Endpoint and times are in parts: as they are an entry takes 128 bytes, of which a book holds up to 81,920.
    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;
    private readonly Netgroup _group;
    private readonly BookSource? _source; // Null: the address itself.
    private readonly ushort _port;
    private readonly AddressNetwork _addressNetwork;
    private readonly byte _network;
    private byte _references;
    private uint _seen;
    private uint _lastAttempt;
    private uint _lastCountedAttempt;
    private uint _lastSuccess;
    private Places _places;

    /// <summary>Creates an entry.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="group">Its group.</param>
    /// <param name="source">The source that announced it first; null for the address itself.</param>
    public BookEntry(in NetworkEndPoint endPoint, Netgroup group, BookSource? source)
    {
        (_first, _second, _third, _fourth) = endPoint.Address.Words;
        _addressNetwork = endPoint.Address.Network;
        _port = endPoint.Port;
        _network = (byte)AddressNetworkTable.IndexOf(_addressNetwork);
        _group = group;
        _source = source;
    }

    public NetworkEndPoint EndPoint => new(Address, _port);

    public Netgroup Group => _group;

    /// <summary>The source that announced the address first; null for the address itself.</summary>
    public BookSource? SharedSource => _source;

    /// <summary>The source that announced the address first.</summary>
    public NetworkAddress Source => _source is null ? Address : _source.Address;

    public Netgroup SourceGroup => _source is null ? _group : _source.Group;

    /// <summary>The index of the network in <see cref="AddressNetworkTable"/>.</summary>
    public int Network => _network;

    public ulong Services { get; set; }

    public long Seen
    {
        get => _seen;
        set => _seen = ToSeconds(value);
    }

    public long LastAttempt
    {
        get => _lastAttempt;
        set => _lastAttempt = ToSeconds(value);
    }

    public long LastCountedAttempt
    {
        get => _lastCountedAttempt;
        set => _lastCountedAttempt = ToSeconds(value);
    }

    public long LastSuccess
    {
        get => _lastSuccess;
        set => _lastSuccess = ToSeconds(value);
    }

    public int FailedAttempts { get; set; }

    /// <summary>The index in the list of all entries; -1 after removal.</summary>
    public int Index { get; set; } = -1;

    public bool IsTried { get; set; }

    public int References => _references;

    private NetworkAddress Address => new(_addressNetwork, _first, _second, _third, _fourth);

    /// <summary>The places in the new table.</summary>
    public ReadOnlySpan<ushort> NewPlaces => ((ReadOnlySpan<ushort>)_places)[..References];

    public void AddNewPlace(int place) => _places[_references++] = (ushort)place;

    public void RemoveNewPlace(int place)
    {
        var at = NewPlaces.IndexOf((ushort)place);
        _places[at] = _places[--_references];
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

    private static uint ToSeconds(long seconds) => (uint)Math.Clamp(seconds, 0, uint.MaxValue);

    private static DateTimeOffset? ToTime(long seconds) => seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds);

    [InlineArray(BookLimits.MaxReferences)]
    private struct Places
    {
        private ushort _first;
    }
}
