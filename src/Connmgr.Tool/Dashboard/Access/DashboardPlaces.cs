namespace Connmgr.Tool;

/// <summary>
/// Decides which connections a dashboard keeps. There is a number of places, and a share of them for each host. When these run out the
/// connection that has been idle longest makes room: one that says nothing, drips its headers or body, or is kept alive. Where all are
/// being answered, such as those that watch events or do not read, there are places for health checks alone. So a connection always gets
/// a place, and whoever asks at once for <c>/healthz</c> is answered, whatever others do. Thread-safe.
/// </summary>
/// <param name="most">The most connections beside those of <see cref="Reserved"/>; half of them for one host.</param>
internal sealed class DashboardPlaces(int most = DashboardPlaces.UsualMost)
{
    /// <summary>The most connections, where the process may open as many files. Half of them are more than browsers open, with some tabs.</summary>
    public const int UsualMost = 64;

    /// <summary>The places for health checks alone.</summary>
    public const int Reserved = 8;

    /// <summary>The most of these that one host gets.</summary>
    public const int ReservedOfHost = 2;

    private readonly Lock _lock = new();
    private readonly List<DashboardPlace> _places = [];
    private readonly List<DashboardPlace> _reserved = [];
    private long _turn;

    /// <summary>The most connections beside those of <see cref="Reserved"/>.</summary>
    public int Most { get; } = most;

    /// <summary>The most connections of one host.</summary>
    public int MostOfHost { get; } = most / 2;

    /// <summary>The connections at this moment.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _places.Count + _reserved.Count;
        }
    }

    /// <summary>Takes a place for a new connection.</summary>
    /// <param name="host">Where it comes from.</param>
    /// <param name="displaced">The one that lost its place for it, which is to be closed now; null for none.</param>
    public DashboardPlace Take(ClientHost host, out DashboardPlace? displaced)
    {
        lock (_lock)
        {
            var isReserved = !TryMakeRoom(_places, host, Most, MostOfHost, mayBeBusy: false, out displaced);
            if (isReserved)
                TryMakeRoom(_reserved, host, Reserved, ReservedOfHost, mayBeBusy: true, out displaced);
            var place = new DashboardPlace(host, isReserved) { ActiveAt = ++_turn };
            (isReserved ? _reserved : _places).Add(place);
            return place;
        }
    }

    /// <summary>A request has come whole, but for its body, and is being answered.</summary>
    public void Begin(DashboardPlace place)
    {
        lock (_lock)
            place.IsBusy = true;
    }

    /// <summary>The request is answered.</summary>
    public void End(DashboardPlace place)
    {
        lock (_lock)
            (place.IsBusy, place.ActiveAt) = (false, ++_turn);
    }

    /// <summary>The connection has ended. Has no effect on one that was displaced.</summary>
    public void Leave(DashboardPlace place)
    {
        lock (_lock)
            (place.IsReserved ? _reserved : _places).Remove(place);
    }

    /// <summary>Makes room among places, if need be and if that can be done.</summary>
    private static bool TryMakeRoom(List<DashboardPlace> places, ClientHost host, int most, int mostOfHost, bool mayBeBusy, out DashboardPlace? displaced)
    {
        displaced = null;
        var isHostFull = places.Count(place => place.Host == host) >= mostOfHost;
        if (!isHostFull && places.Count < most)
            return true;
        displaced = places.Where(place => (mayBeBusy || !place.IsBusy) && (!isHostFull || place.Host == host)).MinBy(place => place.ActiveAt);
        return displaced is not null && places.Remove(displaced);
    }
}

/// <summary>One connection to a dashboard, as <see cref="DashboardPlaces"/> knows it.</summary>
/// <param name="host">Where it comes from.</param>
/// <param name="isReserved">Whether it has one of the places that are kept for health checks.</param>
internal sealed class DashboardPlace(ClientHost host, bool isReserved)
{
    /// <summary>The host that it comes from.</summary>
    public ClientHost Host { get; } = host;

    /// <summary>Whether it has one of the places that are kept for health checks, and is answered nothing else.</summary>
    public bool IsReserved { get; } = isReserved;

    /// <summary>Whether a request of it is being answered. Of <see cref="DashboardPlaces"/>.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When it was accepted or its last answer ended, as a number that grows. Of <see cref="DashboardPlaces"/>.</summary>
    public long ActiveAt { get; set; }
}
