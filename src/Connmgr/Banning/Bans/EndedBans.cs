namespace Connmgr;

/// <summary>
/// Bans that ended by a clock that may be wrong. They are not in force, but are again if the clock is set back. Bounded: the bans that
/// ended first make room. Uses no clock and no lock; only <see cref="MayHold"/> may be called concurrently. Design B-6.
/// </summary>
/// <param name="max">The maximum number of bans.</param>
internal sealed class EndedBans(int max)
{
    private readonly Dictionary<BanTarget, Ban> _bans = [];

    // Ordered by end. Contains an entry for each ban, and stale ones for bans that were removed or extended.
    private readonly PriorityQueue<BanTarget, DateTimeOffset> _ends = new();

    // The latest end of all bans, in UTC ticks.
    private long _latest;

    public IReadOnlyCollection<Ban> All => _bans.Values;

    /// <summary>The number of entries in the queue of ends. For tests.</summary>
    internal int QueueLength => _ends.Count;

    /// <summary>Determines whether one may be in force at a time, because the clock was set back.</summary>
    public bool MayHold(DateTimeOffset now) => Volatile.Read(ref _latest) > now.UtcTicks;

    public void Add(Ban ban)
    {
        if (_bans.TryGetValue(ban.Target, out var present) && present.Until >= ban.Until)
            return;
        _bans[ban.Target] = ban;
        _ends.Enqueue(ban.Target, ban.Until);
        Volatile.Write(ref _latest, Math.Max(_latest, ban.Until.UtcTicks));
        while (_bans.Count > max && _ends.TryDequeue(out var target, out var end))
        {
            if (_bans.TryGetValue(target, out var first) && first.Until == end)
                _bans.Remove(target);
        }

        if (_ends.Count > (2 * _bans.Count) + 64)
            Rebuild();
    }

    public Ban? Remove(in BanTarget target) => _bans.Remove(target, out var removed) ? removed : null;

    public void Clear()
    {
        _bans.Clear();
        Rebuild();
    }

    /// <summary>Removes and returns the bans that are in force at a time, because the clock was set back.</summary>
    public List<Ban> Recall(DateTimeOffset now)
    {
        var recalled = _bans.Values.Where(ban => ban.Until > now).ToList();
        foreach (var ban in recalled)
            _bans.Remove(ban.Target);
        Rebuild();
        return recalled;
    }

    private void Rebuild()
    {
        _ends.Clear();
        _ends.EnqueueRange(_bans.Values.Select(static ban => (ban.Target, ban.Until)));
        Volatile.Write(ref _latest, _bans.Values.Select(static ban => ban.Until.UtcTicks).DefaultIfEmpty().Max());
    }
}
