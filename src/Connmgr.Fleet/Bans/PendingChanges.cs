namespace Connmgr.Fleet;

/// <summary>
/// The changes of this process that the fleet does not know yet, the last one for each target. Bounded: peers cause them, and Redis may be
/// away for long. Thread-safe.
/// </summary>
internal sealed class PendingChanges
{
    private const int MaxBans = 200_000;
    private const int MaxHosts = 50_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BanRecord> _bans = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BanRecord> _hosts = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
                return _bans.Count + _hosts.Count;
        }
    }

    public bool Contains(string target, char kind)
    {
        lock (_lock)
            return (kind == BanRecord.Discouraged ? _hosts : _bans).ContainsKey(target);
    }

    public void Add(string target, in BanRecord record)
    {
        lock (_lock)
            Put(target, record, replaces: true);
    }

    /// <summary>Takes some.</summary>
    public (string Target, BanRecord Record)[] Take(int max)
    {
        lock (_lock)
        {
            var taken = _bans.Concat(_hosts).Take(max).Select(static each => (each.Key, each.Value)).ToArray();
            foreach (var (target, record) in taken)
                (record.Kind == BanRecord.Discouraged ? _hosts : _bans).Remove(target);
            return taken;
        }
    }

    /// <summary>Puts back what could not be published, unless there is a later change.</summary>
    public void Return(IEnumerable<(string Target, BanRecord Record)> changes)
    {
        foreach (var (target, record) in changes)
        {
            lock (_lock)
                Put(target, record, replaces: false);
        }
    }

    private void Put(string target, in BanRecord record, bool replaces)
    {
        var (table, max) = record.Kind == BanRecord.Discouraged ? (_hosts, MaxHosts) : (_bans, MaxBans);
        var isKnown = table.ContainsKey(target);
        if (isKnown ? replaces : table.Count < max)
            table[target] = record;
    }
}
