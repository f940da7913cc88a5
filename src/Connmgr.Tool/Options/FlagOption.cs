using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that is there or not, without a value.</summary>
internal sealed class FlagOption : Option<bool>
{
    public FlagOption(string name, string description)
        : base(name)
    {
        Description = description;
        Arity = ArgumentArity.Zero;
    }

    /// <summary><c>--json</c> for a command with subcommands: before or after the name of one.</summary>
    public static FlagOption Json() =>
        new("--json", "Write one JSON object a line to standard output, and nothing else there.") { Recursive = true };
}
