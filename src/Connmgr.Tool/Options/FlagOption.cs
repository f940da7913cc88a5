using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option that is there or not, without a value.</summary>
internal sealed class FlagOption : Option<bool>
{
    /// <param name="name">Its name, with the hyphens.</param>
    /// <param name="description">For the help.</param>
    /// <param name="canBeOff">Whether it takes <c>=false</c>, for what another place has switched on. Of use in a command without arguments alone.</param>
    public FlagOption(string name, string description, bool canBeOff = false)
        : base(name)
    {
        Description = description;
        Arity = canBeOff ? ArgumentArity.ZeroOrOne : ArgumentArity.Zero;
    }

    /// <summary><c>--json</c> for a command with subcommands: before or after the name of one.</summary>
    public static FlagOption Json() =>
        new("--json", "Write one JSON object a line to standard output, and nothing else there.") { Recursive = true };
}
