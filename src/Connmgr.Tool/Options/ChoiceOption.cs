using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that takes one of several words.</summary>
internal sealed class ChoiceOption : Option<string?>
{
    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="choices">The words.</param>
    /// <param name="description">The description in the help.</param>
    public ChoiceOption(string name, string[] choices, string description)
        : base(name)
    {
        Description = description;
        HelpName = string.Join('|', choices);
        CompletionSources.Add(choices);
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (!choices.Contains(text, StringComparer.Ordinal))
                result.AddError($"{name} is '{text}': use {string.Join(" or ", choices)}.");
            return text;
        };
    }
}
