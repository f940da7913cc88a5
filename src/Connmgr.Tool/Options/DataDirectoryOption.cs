using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--data-dir</c>, the same for each command that has a use for one.</summary>
internal sealed class DataDirectoryOption : Option<string?>
{
    public DataDirectoryOption(string description)
        : base("--data-dir")
    {
        Description = description;
        HelpName = "DIR";
        Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var directory }] && string.IsNullOrWhiteSpace(directory))
                result.AddError("--data-dir is empty: give it a directory, such as --data-dir ~/.connmgr.");
        });
    }
}
