using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>An option that takes a whole number.</summary>
internal sealed class WholeNumberOption : Option<int?>
{
    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="max">The greatest number.</param>
    /// <param name="description">The description in the help.</param>
    /// <param name="min">The least number.</param>
    public WholeNumberOption(string name, int max, string description, int min = 0)
        : base(name)
    {
        Description = description;
        HelpName = "N";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
                return value;
            result.AddError($"{name} is '{text}': use a whole number from {min} to {max}, such as {name} {Math.Clamp(8, min, max)}.");
            return null;
        };
    }
}

/// <summary>An argument that takes a whole number, 0 or more.</summary>
internal sealed class WholeNumberArgument : Argument<int?>
{
    /// <param name="name">The name.</param>
    /// <param name="max">The greatest number.</param>
    /// <param name="description">The description in the help.</param>
    public WholeNumberArgument(string name, int max, string description)
        : base(name)
    {
        Description = description;
        HelpName = "N";
        Arity = ArgumentArity.ExactlyOne;
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max)
                return value;
            result.AddError($"'{text}' is not a whole number: use one from 0 to {max}, such as 8.");
            return null;
        };
    }
}
