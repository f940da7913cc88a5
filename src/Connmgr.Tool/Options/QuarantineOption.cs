using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--quarantine</c>: the first and the longest rest of an address, or off.</summary>
internal sealed class QuarantineOption : Option<QuarantineChoice?>
{
    public QuarantineOption()
        : base("--quarantine")
    {
        Description = "The first and the longest rest of an address whose peer leaves early, times out or lacks services that it promised (default 5m/1d); off for none.";
        HelpName = "FIRST[/LONGEST]";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (text is "off")
                return new(Options: null);
            if (Parse(text.Split('/')) is { } options && ((IValidatedOptions)options).GetErrors().Count == 0)
                return new(options);
            result.AddError($"{Name} is '{text}': use two times of s, m, h, d or w, the second no less than the first and no more than a year, such as {Name} 5m/1d; or off.");
            return null;
        };
    }

    /// <summary>Parses the times. Without a second one, the longest rest is the default, or the first when that is longer.</summary>
    private static PeerQuarantine? Parse(string[] parts)
    {
        var defaults = new PeerQuarantine();
        if (parts.Length > 2 || ParseTime(parts[0]) is not { } first)
            return null;
        if (parts.Length == 1)
            return defaults with { FirstRest = first, LongestRest = first > defaults.LongestRest ? first : defaults.LongestRest };
        return ParseTime(parts[1]) is { } longest ? defaults with { FirstRest = first, LongestRest = longest } : null;
    }

    private static TimeSpan? ParseTime(string text) =>
        DurationOption.ParseSeconds(text) is { } seconds && seconds <= (long)TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>The value of <c>--quarantine</c>. Immutable.</summary>
/// <param name="Options">The options; null for no quarantine.</param>
internal sealed record QuarantineChoice(PeerQuarantine? Options);
