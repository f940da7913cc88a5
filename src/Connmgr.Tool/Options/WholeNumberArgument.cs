using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>A whole number from 0 on as an argument.</summary>
internal sealed class WholeNumberArgument : Argument<int?>
{
    /// <param name="name">Its name.</param>
    /// <param name="max">The greatest number it takes.</param>
    /// <param name="description">For the help.</param>
    public WholeNumberArgument(string name, int max, string description)
        : base(name)
    {
        Description = description;
        HelpName = "N";
        Arity = ArgumentArity.ExactlyOne;
        CustomParser = result =>
        {
            var text = OptionToken.Of(result);
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max)
                return value;
            result.AddError($"'{text}' is no N: use a whole number from 0 to {max}, such as 8.");
            return null;
        };
    }
}
