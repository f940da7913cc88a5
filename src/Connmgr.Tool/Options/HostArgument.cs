using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>A host to connect to as an argument.</summary>
internal sealed class HostArgument : Argument<HostPort?>
{
    /// <param name="name">Its name.</param>
    /// <param name="description">For the help.</param>
    public HostArgument(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "HOST[:PORT]";
        CustomParser = result =>
        {
            var host = HostPort.ParseRemote(OptionToken.Of(result), out var error);
            if (error is not null)
                result.AddError($"'{OptionToken.Of(result)}' is no HOST[:PORT]: {error}.");
            return host;
        };
    }
}
