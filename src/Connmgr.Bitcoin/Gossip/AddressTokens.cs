using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Limits the addresses that a peer may send: Bitcoin Core's bucket, which starts with one token and gains one per 10 s up to 1000. A
/// request of the node grants additional tokens. Reads no clock, needs no timer.
/// </summary>
/// <param name="now">The present, as the time since any fixed moment.</param>
[StructLayout(LayoutKind.Auto)]
internal struct AddressTokens(TimeSpan now)
{
    private const double PerSecond = 0.1;
    private const double Full = 1000;

    private double _tokens = 1;
    private TimeSpan _refilledAt = now;

    /// <summary>Adds tokens at once, even beyond 1000.</summary>
    public void Grant(int tokens) => _tokens += tokens;

    /// <summary>Takes tokens.</summary>
    /// <param name="wanted">The most tokens to take.</param>
    /// <param name="now">The present.</param>
    /// <returns>The number of tokens taken.</returns>
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
