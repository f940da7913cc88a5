namespace Connmgr.Bitcoin;

/// <summary>
/// The pace at which one peer's messages are read that nobody paces otherwise. A peer has a small allowance of its own, which floods of
/// others do not touch; beyond it, it takes from <see cref="SharedPace"/>, many tokens at a time, so that it seldom has to wait. Not
/// thread-safe.
/// </summary>
internal sealed class PeerPace(SharedPace shared, TimeProvider time)
{
    /// <summary>The tokens of a peer's own that come in each second.</summary>
    public const int OwnPerSecond = 64;

    /// <summary>The most tokens of its own that wait to be used.</summary>
    public const int OwnBurst = 512;

    /// <summary>The tokens that are taken from <see cref="SharedPace"/> at once.</summary>
    public const int Batch = 256;

    /// <summary>The bytes of payload that cost a token.</summary>
    public const int BytesPerToken = 1024;

    private int _tokens = OwnBurst;
    private int _bytes;
    private long _ownSince = time.GetTimestamp();

    /// <summary>Whether more was read than there are tokens for: <see cref="Settle"/> is due.</summary>
    public bool IsOwing => _tokens < 0;

    /// <summary>Takes what a message costs.</summary>
    /// <param name="cost">Its cost.</param>
    /// <param name="bytes">Bytes of its payload.</param>
    public void Charge(int cost, int bytes)
    {
        _bytes += bytes;
        _tokens -= cost + (_bytes / BytesPerToken);
        _bytes %= BytesPerToken;
    }

    /// <summary>Gets the tokens that are owed.</summary>
    /// <returns>How long to wait before more is read.</returns>
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
