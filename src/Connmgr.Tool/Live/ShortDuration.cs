namespace Connmgr.Tool;

/// <summary>Durations in at most eight characters.</summary>
internal static class ShortDuration
{
    /// <summary>A duration to the second, or coarser when it is long.</summary>
    /// <returns>For example <c>12 s</c>, <c>3m 05s</c>, <c>2h 14m</c>, <c>12d 03h</c>.</returns>
    public static string Of(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.Seconds} s",
        { TotalHours: < 1 } => $"{time.Minutes}m {time.Seconds:00}s",
        { TotalDays: < 1 } => $"{time.Hours}h {time.Minutes:00}m",
        _ => $"{time.Days}d {time.Hours:00}h",
    };

    /// <summary>The age of a dial.</summary>
    public static string OfDial(TimeSpan time) => $"{time.TotalSeconds:0.0} s";

    /// <summary>A round trip.</summary>
    public static string OfPing(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 10 => $"{time.TotalMilliseconds:0.0} ms",
        < 10_000 => $"{time.TotalMilliseconds:0} ms",
        _ => $"{time.TotalSeconds:0} s",
    };
}
