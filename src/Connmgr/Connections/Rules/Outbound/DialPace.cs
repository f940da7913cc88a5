namespace Connmgr.Rules;

/// <summary>
/// The pace of automatic dials: fast until the slots have been full for a while, slow from then on, and slowest while no connection
/// results. Gossiping peers decide which addresses are dialled; without this pace they would also decide how many. Changed by
/// the rules alone. Design C-8.
/// </summary>
internal sealed class DialPace(int? burst, double? perSecond)
{
    /// <summary>
    /// The number of consecutive automatic attempts without a connection that proves the addresses worthless; 4 per slot if that is more,
    /// because with many slots, refusals arrive long before the first handshake is complete.
    /// </summary>
    public const int Window = 200;

    private const int WindowPerSlot = 4;
    private const int MostCounted = int.MaxValue / 2;

    /// <summary>The dials per second in the long run once there is no hurry, as in Bitcoin Core.</summary>
    public const double SlowPerSecond = 2;

    /// <summary>
    /// The time for which all slots must be filled until there is no hurry any more. Some of the first peers leave at once, and are to be
    /// replaced as fast as they were found.
    /// </summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(30);

    private const int PerSlot = 16;

    /// <summary>
    /// The number of consecutive automatic attempts that ended without a connection, or with one that did not last. Attempts that were
    /// given up do not count.
    /// </summary>
    private int _fruitless;

    /// <summary>True when all slots have been filled for long enough since the target was last raised.</summary>
    private bool _isSettled;

    /// <summary>The time since which all slots have been filled; null while one is vacant.</summary>
    private TimeSpan? _fullSince;

    /// <summary>Records that an automatic attempt became a connection. Ends a series of failures.</summary>
    /// <returns>The length of that series, for <see cref="TakeBack"/>.</returns>
    public int Succeeded()
    {
        var before = _fruitless;
        _fruitless = 0;
        return before;
    }

    /// <summary>
    /// Records that a connection did not last. It counts as another unsuccessful attempt; otherwise a host that completes the handshake and
    /// leaves could keep the pace high.
    /// </summary>
    /// <param name="before">The value that <see cref="Succeeded"/> returned.</param>
    public void TakeBack(int before) => _fruitless = Math.Min(MostCounted, _fruitless + before + 1);

    /// <summary>Records that an automatic attempt ended without a connection, and was not given up.</summary>
    public void Failed()
    {
        if (_fruitless < MostCounted)
            _fruitless++;
    }

    /// <summary>Notes that all slots are filled.</summary>
    public void Filled(TimeSpan now) => _fullSince ??= now;

    /// <summary>Notes that a slot is vacant.</summary>
    public void Vacated(TimeSpan now)
    {
        _isSettled |= _fullSince is { } since && now - since >= SettlingTime;
        _fullSince = null;
    }

    /// <summary>Notes that more slots are wanted: filling begins again.</summary>
    public void MoreWanted() => (_isSettled, _fullSince) = (false, null);

    /// <summary>Records a change of the network, after which earlier failures mean nothing.</summary>
    public void NetworkChanged() => _fruitless = 0;

    /// <summary>
    /// Gets the limits of the bucket. Each slot has a burst of 16 dials, enough to find a live address where nine in ten are dead; the rate
    /// bounds the dials that a peer can waste. A rate that the user chose always applies.
    /// </summary>
    /// <param name="target">The slots.</param>
    /// <param name="vacant">The slots that have no connection.</param>
    public (double Burst, double PerSecond) GetLimits(int target, int vacant)
    {
        if (perSecond is { } chosen)
            return (burst ?? GetBurst(target), chosen);
        if (_fruitless >= Math.Max(Window, (long)WindowPerSlot * target))
            return (Math.Min(burst ?? SlowPerSecond, SlowPerSecond), SlowPerSecond);
        return _isSettled
            ? (Math.Min(burst ?? double.MaxValue, GetBurst(vacant)), SlowPerSecond)
            : (burst ?? GetBurst(target), Math.Max(16, 2.0 * target));
    }

    private static double GetBurst(int slots) => Math.Max(PerSlot, (double)PerSlot * slots);
}
