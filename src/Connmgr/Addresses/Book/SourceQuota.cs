namespace Connmgr;

/// <summary>Counts the unknown addresses that each source group added in the current period. Its memory is bounded.</summary>
internal sealed class SourceQuota(int max, long periodSeconds)
{
    // More groups than a period can have connections; further groups share one count.
    private const int MaxGroups = 4096;

    private readonly Dictionary<Netgroup, int> _counts = [];
    private long _period = long.MinValue;

    public bool HasRoom(Netgroup source, long now) => GetCount(source, now) < max;

    public void Charge(Netgroup source, long now) => _counts[GetKey(source)] = GetCount(source, now) + 1;

    private int GetCount(Netgroup source, long now)
    {
        var period = now / periodSeconds;
        if (period != _period)
        {
            _period = period;
            _counts.Clear();
        }

        return _counts.GetValueOrDefault(GetKey(source));
    }

    private Netgroup GetKey(Netgroup source) => _counts.Count < MaxGroups || _counts.ContainsKey(source) ? source : default;
}
