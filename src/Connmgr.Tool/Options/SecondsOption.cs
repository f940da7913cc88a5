using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>An option that takes seconds, a thousandth of one or more.</summary>
internal sealed class SecondsOption : Option<TimeSpan?>
{
    private const double Min = 0.001;

    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="max">The longest time.</param>
    /// <param name="example">The seconds to suggest when the value is not valid.</param>
    /// <param name="description">The description in the help.</param>
    public SecondsOption(string name, TimeSpan max, int example, string description)
        : base(name)
    {
        Description = description;
        HelpName = "SECONDS";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                && seconds >= Min && seconds <= max.TotalSeconds)
            {
                return TimeSpan.FromSeconds(seconds);
            }

            result.AddError($"{name} is '{text}': use seconds from {Min} to {max.TotalSeconds:0}, such as {name} {example}.");
            return null;
        };
    }
}
