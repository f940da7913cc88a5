namespace Connmgr.Bitcoin;

/// <summary>
/// When a book is written: each 15 minutes, as by Bitcoin Core, and beforehand when much was learnt since. It is looked at after 2, 4, 8,
/// ... seconds, each minute in the end, so a program that is killed has lost at most about half of its life, and a third of its addresses.
/// Reads no clock.
/// </summary>
internal sealed class SaveRule
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private TimeSpan _wait = TimeSpan.FromSeconds(2);
    private TimeSpan _savedAt;
    private int _addresses;
    private int _tried;

    /// <param name="now">The present, when the book is as its file.</param>
    /// <param name="addresses">How many addresses it has.</param>
    /// <param name="tried">How many of them are tried.</param>
    public SaveRule(TimeSpan now, int addresses, int tried) => Saved(now, addresses, tried);

    /// <summary>How long to wait until the next look.</summary>
    public TimeSpan GetNextWait()
    {
        var wait = _wait;
        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
        return wait;
    }

    /// <summary>Whether to write now.</summary>
    public bool IsDue(TimeSpan now, int addresses, int tried) =>
        now - _savedAt >= Interval || IsMuchMore(addresses, _addresses) || IsMuchMore(tried, _tried);

    /// <summary>It was written.</summary>
    public void Saved(TimeSpan now, int addresses, int tried) => (_savedAt, _addresses, _tried) = (now, addresses, tried);

    private static bool IsMuchMore(int count, int before) => count > before && count - before >= before / 2;
}
