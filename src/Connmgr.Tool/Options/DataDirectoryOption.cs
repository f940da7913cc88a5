using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--data-dir</c>, the same for each command that uses a data directory.</summary>
internal sealed class DataDirectoryOption(string description) : PathOption("--data-dir", description, "DIR", "~/.connmgr")
{
    /// <summary>
    /// Creates the option of a command with subcommands that work on the data of a run. It may stand before or after the name of a
    /// subcommand.
    /// </summary>
    public static DataDirectoryOption ForSubcommands() => new("Required. The data directory of 'connmgr run --data-dir DIR'.")
    {
        Recursive = true,
    };

    /// <summary>Makes the option required in a subcommand.</summary>
    public void RequireIn(Command subcommand) => subcommand.Validators.Add(result =>
    {
        if (result.GetResult(this) is null)
            result.AddError("--data-dir is missing: name the data directory of the run, such as --data-dir ~/.connmgr.");
    });
}
