using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An argument that takes the target of a ban.</summary>
internal sealed class BanTargetArgument : Argument<string>
{
    public BanTargetArgument(string description)
        : base("address")
    {
        Description = description;
        HelpName = "ADDRESS-OR-SUBNET";
        Validators.Add(result =>
        {
            try
            {
                BanTarget.Parse(OptionToken.Get(result));
            }
            catch (FormatException exception)
            {
                result.AddError(exception.Message);
            }
        });
    }
}
