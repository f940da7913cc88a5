using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>An option that takes a time in ISO 8601, in UTC by default, or in seconds since 1970. Its value is in seconds since 1970.</summary>
internal sealed class TimeOption : Option<long?>
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.fffK",
    ];

    public TimeOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "TIME";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return seconds;
            if (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return time.ToUnixTimeSeconds();
            result.AddError($"{name} is '{text}': use a time such as 2030-12-31T23:59:00Z, or seconds since 1970.");
            return null;
        };
    }
}
