namespace Connmgr;

/// <summary>The pauses between connections to a router, such as Tor's control port: each half as long again as the one before, with jitter.</summary>
/// <param name="first">The first.</param>
/// <param name="longest">The longest.</param>
/// <param name="random">The source of chance.</param>
internal sealed class RetryPauses(TimeSpan first, TimeSpan longest, Random random)
{
    private const double Growth = 1.5;
    private const double JitterShare = 0.25;

    private TimeSpan? _next;

    public TimeSpan Next()
    {
        var full = _next ?? first;
        _next = full * Growth < longest ? full * Growth : longest;
        return full * (1 - (JitterShare * random.NextDouble()));
    }

    /// <summary>Starts again from the shortest delay, after a useful connection.</summary>
    public void Reset() => _next = null;
}
