namespace Connmgr.Rules;

/// <summary>
/// The number of connections accepted in the last minute, and the share of further ones that is refused in a flood, whatever their source.
/// As in dcrd. A ring of 60 counters, one for each second.
/// </summary>
internal sealed class FloodGauge
{
    private const int Seconds = 60;
    private const double LeastShare = 0.2;
    private const double MostShare = 0.85;

    /// <summary>The number of accepted connections in each of the last 60 seconds, at the index of the second modulo 60.</summary>
    private readonly int[] _counts = new int[Seconds];

    /// <summary>The latest second that was counted.</summary>
    private long _second;

    /// <summary>The number of accepted connections in the last 60 s, including the current second.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets everything older than 60 s.</summary>
    public void AdvanceTo(TimeSpan now)
    {
        var second = (long)now.TotalSeconds;
        for (var i = Math.Min(second - _second, Seconds); i > 0; i--)
        {
            ref var oldest = ref _counts[(second - i + 1) % Seconds];
            Count -= oldest;
            oldest = 0;
        }

        _second = Math.Max(_second, second);
    }

    public void Accepted(TimeSpan now)
    {
        AdvanceTo(now);
        _counts[_second % Seconds]++;
        Count++;
    }

    /// <summary>
    /// Gets the share to refuse while <paramref name="count"/> is above <paramref name="threshold"/>: from a fifth to 85 % at four times the
    /// threshold.
    /// </summary>
    public static double ShareRefused(int count, int threshold)
    {
        var x = Math.Min((count - threshold) / (3.0 * threshold), 1);
        return Math.Min(LeastShare + 1.1 * (MostShare - LeastShare) * x * x / (0.1 + x * x), MostShare);
    }
}
