using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// How many addresses a peer may tell of: Bitcoin Core's bucket, which begins with one token and gains one each 10 s up to 1000; what a
/// question of ours allows comes on top of that. Reads no clock, needs no timer.
/// </summary>
/// <param name="now">The present, as a time since any fixed moment.</param>
[StructLayout(LayoutKind.Auto)]
internal struct AddressTokens(TimeSpan now)
{
    private const double PerSecond = 0.1;
    private const double Full = 1000;

    private double _tokens = 1;
    private TimeSpan _refilledAt = now;

    /// <summary>Adds tokens at once, be it beyond 1000.</summary>
    public void Grant(int tokens) => _tokens += tokens;

    /// <summary>Takes tokens.</summary>
    /// <param name="wanted">The most to take.</param>
    /// <param name="now">The present.</param>
    /// <returns>How many were there to be taken.</returns>
    public int Take(int wanted, TimeSpan now)
    {
        if (_tokens < Full)
            _tokens = Math.Min(Full, _tokens + (now - _refilledAt).TotalSeconds * PerSecond);
        _refilledAt = now;
        var taken = (int)Math.Min(wanted, _tokens);
        _tokens -= taken;
        return taken;
    }
}
