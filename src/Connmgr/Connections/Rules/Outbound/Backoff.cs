namespace Connmgr.Rules;

/// <summary>The pauses between the attempts of a permanent request.</summary>
internal static class Backoff
{
    /// <summary>
    /// Gets the pause after the <paramref name="failures"/>-th failure in a row: that many times <paramref name="unit"/>, at most
    /// <paramref name="max"/>, of which a random share of up to a half is left out, so that peers lost together are not dialled together.
    /// </summary>
    public static TimeSpan Delay(int failures, TimeSpan unit, TimeSpan max, Random random)
    {
        var ticks = Math.Min((double)unit.Ticks * Math.Max(1, failures), max.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (1 - random.NextDouble() / 2)));
    }
}
