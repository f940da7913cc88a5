using System.Globalization;

namespace Connmgr.Tool;

/// <summary>Durations in at most eight characters.</summary>
internal static class DurationText
{
    /// <summary>A duration to the second, or coarser when it is long.</summary>
    /// <returns>For example <c>12 s</c>, <c>3m 05s</c>, <c>2h 14m</c>, <c>12d 03h</c>.</returns>
    public static string Of(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds:00}s"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h {time.Minutes:00}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.Days}d {time.Hours:00}h"),
    };

    /// <summary>The age of a dial.</summary>
    public static string OfDial(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    /// <summary>A round trip.</summary>
    public static string OfPing(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
    };
}
