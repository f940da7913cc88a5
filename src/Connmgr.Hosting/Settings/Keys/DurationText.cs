using System.Globalization;
using System.Text.RegularExpressions;

namespace Connmgr.Hosting;

/// <summary>Parses and formats times in configuration: a number with its unit (500ms, 5s, 1.5h), or the format of .NET (hh:mm:ss, d.hh:mm:ss.fff). Pure.</summary>
internal static partial class DurationText
{
    /// <summary>The regular expression of valid texts; a JSON schema uses it too.</summary>
    public const string Pattern = @"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d)|([0-9]+\.)?[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?)$";

    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1e3), ("m", 60e3), ("h", 3600e3), ("d", 86400e3)];

    /// <summary>Parses a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The time; zero if the text is not valid.</param>
    /// <returns>False if the text is not a valid time; a number without a unit is not.</returns>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        if (!Form().IsMatch(text))
            return false;
        if (text.Contains(':', StringComparison.Ordinal))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz");
        foreach (var (unit, milliseconds) in Units)
        {
            if (!text.AsSpan(digits.Length).SequenceEqual(unit))
                continue;
            var total = double.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * milliseconds;
            if (total > TimeSpan.MaxValue.TotalMilliseconds / 2)
                return false;
            value = TimeSpan.FromMilliseconds(total);
            return true;
        }

        return false;
    }

    /// <summary>Formats a time: in the greatest unit of which it is a whole number, otherwise in the format of .NET.</summary>
    /// <param name="value">The time, from zero.</param>
    /// <returns>A text that <see cref="TryParse"/> accepts.</returns>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        for (var i = Units.Length - 1; i >= 0; i--)
        {
            var ticks = (long)(Units[i].Milliseconds * TimeSpan.TicksPerMillisecond);
            if (value.Ticks % ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / ticks}{Units[i].Unit}");
        }

        return value.ToString("c", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(Pattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Form();
}
