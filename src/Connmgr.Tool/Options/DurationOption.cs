using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>An option that takes a duration with a unit, or <c>forever</c>, in seconds.</summary>
internal sealed class DurationOption : Option<long?>
{
    private const int MaxDigits = 9;

    public DurationOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "DURATION";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (ParseSeconds(text) is { } seconds)
                return seconds;
            result.AddError($"{name} is '{text}': use a whole number of s, m, h, d or w, such as {name} 24h, or forever.");
            return null;
        };
    }

    /// <summary>Parses a duration.</summary>
    /// <returns>The seconds, <see cref="long.MaxValue"/> for <c>forever</c>; null when the text is not a duration.</returns>
    public static long? ParseSeconds(string text)
    {
        if (text is "forever")
            return long.MaxValue;
        if (text.Length is <= 1 or > MaxDigits + 1)
            return null;
        long? unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, 'w' => 604_800, _ => null };
        return long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number * unit
            : null;
    }
}
