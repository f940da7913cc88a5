namespace Connmgr.Bitcoin;

/// <summary>
/// Decides when the book is written: every 15 minutes, as in Bitcoin Core, and earlier when much has changed. It decides after 2, 4, 8, ...
/// seconds, and every minute in the end, so a program that is killed loses at most about half of its run, and a third of its addresses.
/// Reads no clock.
/// </summary>
internal sealed class SaveRule
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private TimeSpan _wait = TimeSpan.FromSeconds(2);

    // As of the last save.
    private TimeSpan _savedAt;
    private int _addresses;
    private int _tried;

    /// <summary>Creates the rule for a book that equals its file.</summary>
    /// <param name="now">The present.</param>
    /// <param name="addresses">The number of addresses in the book.</param>
    /// <param name="tried">The number of addresses in its tried table.</param>
    public SaveRule(TimeSpan now, int addresses, int tried) => MarkSaved(now, addresses, tried);

    /// <summary>Gets the time until the next decision.</summary>
    public TimeSpan GetNextWait()
    {
        var wait = _wait;
        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
        return wait;
    }

    /// <summary>Determines whether to write now.</summary>
    public bool IsDue(TimeSpan now, int addresses, int tried) =>
        now - _savedAt >= Interval || IsMuchMore(addresses, _addresses) || IsMuchMore(tried, _tried);

    /// <summary>Notes that the book was written.</summary>
    public void MarkSaved(TimeSpan now, int addresses, int tried) => (_savedAt, _addresses, _tried) = (now, addresses, tried);

    private static bool IsMuchMore(int count, int before) => count > before && count - before >= before / 2;
}
