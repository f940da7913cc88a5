namespace Connmgr.Tool;

/// <summary>
/// Decides which connections a dashboard keeps. There is a number of places, and each host may use a share of them. When they run out, the
/// connection that has been idle longest makes room: one that is silent, sends its headers or body slowly, or is kept alive. When all of
/// them are busy, for example because they watch events or do not read, there are places for health checks only. So a new connection always
/// gets a place, and a prompt request for <c>/healthz</c> always gets its answer, whatever other clients do. Thread-safe.
/// </summary>
/// <param name="max">The most connections, without those of <see cref="Reserved"/>; one host may use half of them.</param>
internal sealed class DashboardPlaces(int max = DashboardPlaces.DefaultMax)
{
    /// <summary>
    /// The most connections when the process may open that many files. Half of them are more than a browser with several tabs opens.
    /// </summary>
    public const int DefaultMax = 64;

    /// <summary>The number of places for health checks only.</summary>
    public const int Reserved = 8;

    /// <summary>The most of these places for one host.</summary>
    public const int ReservedPerHost = 2;

    private readonly Lock _lock = new();
    private readonly List<DashboardPlace> _places = [];
    private readonly List<DashboardPlace> _reserved = [];
    private long _turn;

    /// <summary>The most connections, without those of <see cref="Reserved"/>.</summary>
    public int Max { get; } = max;

    /// <summary>The most connections of one host.</summary>
    public int MaxPerHost { get; } = max / 2;

    /// <summary>The current number of connections.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _places.Count + _reserved.Count;
        }
    }

    /// <summary>Takes a place for a new connection.</summary>
    /// <param name="host">The host of the connection.</param>
    /// <param name="displaced">The connection that loses its place, and must be closed now; null for none.</param>
    public DashboardPlace Take(ClientHost host, out DashboardPlace? displaced)
    {
        lock (_lock)
        {
            var isReserved = !TryMakeRoom(_places, host, Max, MaxPerHost, mayBeBusy: false, out displaced);
            if (isReserved)
                TryMakeRoom(_reserved, host, Reserved, ReservedPerHost, mayBeBusy: true, out displaced);
            var place = new DashboardPlace(host, isReserved) { ActiveAt = ++_turn };
            (isReserved ? _reserved : _places).Add(place);
            return place;
        }
    }

    /// <summary>Notes that a connection has sent a request, apart from its body, and waits for the answer.</summary>
    public void Begin(DashboardPlace place)
    {
        lock (_lock)
            place.IsBusy = true;
    }

    /// <summary>Notes that the request of a connection is answered.</summary>
    public void End(DashboardPlace place)
    {
        lock (_lock)
            (place.IsBusy, place.ActiveAt) = (false, ++_turn);
    }

    /// <summary>Notes that a connection has ended. Does nothing for one that was displaced.</summary>
    public void Leave(DashboardPlace place)
    {
        lock (_lock)
            (place.IsReserved ? _reserved : _places).Remove(place);
    }

    /// <summary>Makes room among places if necessary and possible.</summary>
    private static bool TryMakeRoom(List<DashboardPlace> places, ClientHost host, int max, int maxPerHost, bool mayBeBusy, out DashboardPlace? displaced)
    {
        displaced = null;
        var isHostFull = places.Count(place => place.Host == host) >= maxPerHost;
        if (!isHostFull && places.Count < max)
            return true;
        displaced = places.Where(place => (mayBeBusy || !place.IsBusy) && (!isHostFull || place.Host == host)).MinBy(place => place.ActiveAt);
        return displaced is not null && places.Remove(displaced);
    }
}

/// <summary>One connection to a dashboard, as <see cref="DashboardPlaces"/> knows it.</summary>
/// <param name="host">The host of the connection.</param>
/// <param name="isReserved">True for one of the places for health checks.</param>
internal sealed class DashboardPlace(ClientHost host, bool isReserved)
{
    /// <summary>The host of the connection.</summary>
    public ClientHost Host { get; } = host;

    /// <summary>True when it has one of the places for health checks, and gets no other answers.</summary>
    public bool IsReserved { get; } = isReserved;

    /// <summary>True when a request is being answered. Guarded by the lock of <see cref="DashboardPlaces"/>.</summary>
    public bool IsBusy { get; set; }

    /// <summary>
    /// The order of its last activity, the acceptance or the end of an answer; a number that grows. Guarded by the lock of <see
    /// cref="DashboardPlaces"/>.
    /// </summary>
    public long ActiveAt { get; set; }
}
