namespace Connmgr.Tool;

/// <summary>Formats durations with at most eight characters.</summary>
internal static class ShortDuration
{
    /// <summary>Formats a duration in seconds, or in larger units if it is long.</summary>
    /// <returns>For example <c>12 s</c>, <c>3m 05s</c>, <c>2h 14m</c>, <c>12d 03h</c>.</returns>
    public static string Format(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.Seconds} s",
        { TotalHours: < 1 } => $"{time.Minutes}m {time.Seconds:00}s",
        { TotalDays: < 1 } => $"{time.Hours}h {time.Minutes:00}m",
        _ => $"{time.Days}d {time.Hours:00}h",
    };

    /// <summary>Formats the age of a dial.</summary>
    public static string FormatDial(TimeSpan time) => $"{time.TotalSeconds:0.0} s";

    /// <summary>Formats a round trip.</summary>
    public static string FormatPing(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 10 => $"{time.TotalMilliseconds:0.0} ms",
        < 10_000 => $"{time.TotalMilliseconds:0} ms",
        _ => $"{time.TotalSeconds:0} s",
    };
}
