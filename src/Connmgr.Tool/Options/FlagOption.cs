using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>An option without a value.</summary>
internal sealed class FlagOption : Option<bool>
{
    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="description">The description in the help.</param>
    /// <param name="canBeOff">
    /// True to accept <c>=false</c>, which turns off an option that another source has turned on. Only for a command without arguments.
    /// </param>
    public FlagOption(string name, string description, bool canBeOff = false)
        : base(name)
    {
        Description = description;
        Arity = canBeOff ? ArgumentArity.ZeroOrOne : ArgumentArity.Zero;
    }

    /// <summary>Creates <c>--json</c> for a command with subcommands. It may stand before or after the name of a subcommand.</summary>
    public static FlagOption Json() =>
        new("--json", "Write one JSON object per line to standard output, and nothing else.") { Recursive = true };
}
