namespace Connmgr.Rules;

/// <summary>The number of inbound connections that were refused, by cause.</summary>
internal sealed class RefusalCounts
{
    private long[] _counts = new long[32];

    public void Add(ConnectFailureCause cause)
    {
        if ((int)cause >= _counts.Length)
            Array.Resize(ref _counts, (int)cause + 1);
        _counts[(int)cause]++;
    }

    public long GetCount(ConnectFailureCause cause) => (int)cause < _counts.Length ? _counts[(int)cause] : 0;

    /// <summary>Gets the causes with their numbers, the most frequent first.</summary>
    public IEnumerable<InboundRefusalCount> All() => _counts
        .Select(static (count, cause) => new InboundRefusalCount((ConnectFailureCause)cause, count))
        .Where(static refusals => refusals.Count > 0)
        .OrderByDescending(static refusals => refusals.Count);
}
