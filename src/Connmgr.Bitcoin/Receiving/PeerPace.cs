namespace Connmgr.Bitcoin;

/// <summary>
/// Paces one peer's messages that have no other pace. A peer has a small allowance, which floods of others do not affect. Beyond it, it
/// takes tokens from <see cref="SharedPace"/>, many at a time, so that it seldom has to wait. Not thread-safe.
/// </summary>
internal sealed class PeerPace(SharedPace shared, TimeProvider time)
{
    /// <summary>The tokens of the peer's allowance per second.</summary>
    public const int OwnPerSecond = 64;

    /// <summary>The most tokens of the allowance that are saved up.</summary>
    public const int OwnBurst = 512;

    /// <summary>The number of tokens taken from <see cref="SharedPace"/> at once.</summary>
    public const int Batch = 256;

    /// <summary>The number of payload bytes that cost a token.</summary>
    public const int BytesPerToken = 1024;

    private int _tokens = OwnBurst; // The tokens to spend; negative for those that are owed.
    private int _bytes; // The payload bytes that have not cost a token yet, below BytesPerToken.
    private long _ownSince = time.GetTimestamp(); // The time from which on the allowance has not been added.

    /// <summary>True when more was read than there are tokens for, so that <see cref="Settle"/> is due.</summary>
    public bool IsOwing => _tokens < 0;

    /// <summary>Takes the cost of a message.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="bytes">The number of payload bytes.</param>
    public void Charge(int cost, int bytes)
    {
        _bytes += bytes;
        _tokens -= cost + (_bytes / BytesPerToken);
        _bytes %= BytesPerToken;
    }

    /// <summary>Gets the tokens that are owed.</summary>
    /// <returns>The time to wait before more is read.</returns>
    public TimeSpan Settle()
    {
        var now = time.GetTimestamp();
        var own = Math.Min(OwnBurst, (long)(time.GetElapsedTime(_ownSince, now).TotalSeconds * OwnPerSecond));
        if (own + _tokens >= 0)
        {
            _ownSince = now;
            _tokens += (int)own;
            return TimeSpan.Zero;
        }

        var taken = Math.Max(Batch, -_tokens);
        _tokens += taken;
        return shared.Take(taken, now);
    }
}
