namespace Connmgr;

/// <summary>
/// Bans that have ended by a clock which may be wrong: they do not hold, but do again when the clock goes back. Bounded: those that ended
/// first make room. Knows no clock and no lock; <see cref="MayHold"/> alone may be asked meanwhile. Design B-6.
/// </summary>
/// <param name="max">The most that are kept.</param>
internal sealed class EndedBans(int max)
{
    private readonly Dictionary<BanTarget, Ban> _bans = [];

    // By end. Has an entry for each ban, and old ones for those that were removed or prolonged.
    private readonly PriorityQueue<BanTarget, DateTimeOffset> _ends = new();

    // The last end, in ticks of UTC.
    private long _latest;

    public IReadOnlyCollection<Ban> All => _bans.Values;

    /// <summary>The entries of the queue of ends; for tests.</summary>
    internal int QueueLength => _ends.Count;

    /// <summary>Tells whether one may hold at a time: the clock was set back.</summary>
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

    /// <summary>Takes out the bans that hold at a time, since the clock was set back.</summary>
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
