namespace Connmgr.Bitcoin;

/// <summary>
/// Measures the time since it was created. Changes of the system's clock do not affect it, so it serves for everything that lasts or
/// expires. Thread-safe.
/// </summary>
/// <param name="time">The source of timestamps.</param>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>The time since the clock was created.</summary>
    public TimeSpan Now => time.GetElapsedTime(_origin);
}
