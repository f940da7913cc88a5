using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>A file as an argument.</summary>
internal sealed class FileArgument : Argument<string>
{
    public FileArgument(string description)
        : base("file")
    {
        Description = description;
        HelpName = "FILE";
        Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(OptionToken.Of(result)))
                result.AddError("FILE is empty: give it a path, such as peers.txt.");
        });
    }
}
