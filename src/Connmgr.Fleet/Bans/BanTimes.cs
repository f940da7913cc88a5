namespace Connmgr.Fleet;

/// <summary>
/// The times of bans in ms. A ban tells only the second in which it was created, but a removal must differ from a ban of the same second,
/// whenever they are published. Thread-safe.
/// </summary>
internal sealed class BanTimes
{
    private const int MaxCount = 200_000;

    /// <summary>The most by which the report of a new ban comes late: its second, and one more for a machine that is busy.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<BanTarget, (DateTimeOffset Created, long Time)> _times = [];

    /// <summary>Gets the time of a ban: the one that was kept, or the second in which it was created.</summary>
    public long Get(Ban ban)
    {
        lock (_lock)
            return _times.TryGetValue(ban.Target, out var kept) && kept.Created == ban.Created ? kept.Time : ban.Created.ToUnixTimeMilliseconds();
    }

    /// <summary>Keeps the time of a ban that was reported: now, if it is new.</summary>
    /// <returns>The time.</returns>
    public long Keep(Ban ban, DateTimeOffset now)
    {
        var age = now - ban.Created;
        var time = age >= TimeSpan.Zero && age < Delay ? now.ToUnixTimeMilliseconds() : ban.Created.ToUnixTimeMilliseconds();
        Keep(ban, time);
        return time;
    }

    public void Keep(Ban ban, long time)
    {
        lock (_lock)
        {
            if (_times.Count < MaxCount || _times.ContainsKey(ban.Target))
                _times[ban.Target] = (ban.Created, time);
        }
    }

    public void Remove(BanTarget target)
    {
        lock (_lock)
            _times.Remove(target);
    }
}
