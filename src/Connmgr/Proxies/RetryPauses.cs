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

    /// <summary>Gets the errors of the options for pauses, which both controllers have by the same names.</summary>
    public static IEnumerable<string> GetErrors(TimeSpan first, TimeSpan longest)
    {
        const string firstName = nameof(TorControllerOptions.RetryDuration), longestName = nameof(TorControllerOptions.MaxRetryDuration);
        if (first <= TimeSpan.Zero)
            yield return $"{firstName} is {first}; give more than zero.";
        if (longest < first || longest.TotalMilliseconds > int.MaxValue)
            yield return $"{longestName} is {longest}; give at least {firstName} ({first}) and at most 24 days.";
    }

    public TimeSpan Next()
    {
        var full = _next ?? first;
        _next = full * Growth < longest ? full * Growth : longest;
        return full * (1 - (JitterShare * random.NextDouble()));
    }

    /// <summary>Starts again from the shortest delay, after a useful connection.</summary>
    public void Reset() => _next = null;
}
