using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>An option that takes a rate: times per second, and the number that may come at once.</summary>
internal sealed class RateOption : Option<(double PerSecond, int Burst)?>
{
    private const double Max = 1_000_000;

    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="description">The description in the help.</param>
    public RateOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "PER-SECOND[/BURST]";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (text is "off")
                return (double.PositiveInfinity, int.MaxValue);
            var parts = text.Split('/');
            if (parts.Length <= 2
                && double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var perSecond)
                && perSecond is > 0 and <= Max
                && TryParseBurst(parts, out var burst))
            {
                return (perSecond, burst);
            }

            result.AddError($"{name} is '{text}': use a number per second, and after a slash the number at once, such as {name} 0.2/3; or off.");
            return null;
        };
    }

    /// <summary>Parses the burst. Without one, it is the number of one second.</summary>
    private static bool TryParseBurst(string[] parts, out int burst)
    {
        burst = 1;
        if (parts.Length == 2)
            return int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out burst) && burst is >= 1 and <= (int)Max;
        burst = Math.Max(1, (int)double.Parse(parts[0], CultureInfo.InvariantCulture));
        return true;
    }
}
