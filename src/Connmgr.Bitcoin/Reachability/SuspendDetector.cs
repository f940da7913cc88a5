namespace Connmgr.Bitcoin;

/// <summary>
/// Detects that the machine was suspended: its clock has gone on, but not the monotonic clock, as on Linux and macOS. A clock that was set
/// forward looks the same, which does no harm. Pure.
/// </summary>
internal sealed class SuspendDetector
{
    /// <summary>The shortest suspend that counts. A peer misses nothing in less.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    private (TimeSpan Monotonic, DateTimeOffset Clock)? _last;

    /// <summary>Compares the clocks with those of the last call.</summary>
    /// <param name="monotonic">The time of the monotonic clock.</param>
    /// <param name="clock">The time of the system's clock.</param>
    /// <returns>The duration of the suspend since the last call; null for none.</returns>
    public TimeSpan? Check(TimeSpan monotonic, DateTimeOffset clock)
    {
        var jump = _last is { } last ? clock - last.Clock - (monotonic - last.Monotonic) : TimeSpan.Zero;
        _last = (monotonic, clock);
        return jump >= Shortest ? jump : null;
    }
}
