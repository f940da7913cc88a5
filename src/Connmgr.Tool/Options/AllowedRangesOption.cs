using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes a range of addresses with permissions. It may be given several times.</summary>
internal sealed class AllowedRangesOption : Option<AllowedRange[]>
{
    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="description">The description in the help.</param>
    public AllowedRangesOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "[PERMISSIONS@]RANGE";
        CustomParser = result =>
        {
            var ranges = new List<AllowedRange>();
            foreach (var token in result.Tokens)
            {
                if (AllowedRange.TryParse(token.Value, out var range, out var error))
                    ranges.Add(range);
                else
                    result.AddError($"{name} is '{token.Value}': {error}");
            }

            return [.. ranges];
        };
    }
}
