using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The options of a command that has a configuration, for a command line, the environment or a file. Each parse needs a new set.</summary>
internal abstract class OptionSet
{
    /// <summary>The command, such as <c>connmgr run</c>.</summary>
    public abstract string Command { get; }

    /// <summary>The options, in the order of the help.</summary>
    public abstract IReadOnlyList<Option> All { get; }

    /// <summary>The option that selects a table of the file.</summary>
    public abstract NetworkOption Network { get; }

    /// <summary>The option whose folder may have a configuration file.</summary>
    public abstract Option Folder { get; }

    /// <summary>Reports errors that no option can find alone.</summary>
    public abstract void Validate(CommandResult result);

    /// <summary>Finds a hint for a name that is not a setting, from the end of an environment variable; null for none.</summary>
    public virtual string? FindHint(string name) => null;

    /// <summary>Finds a hint for a key of a file that is not a setting; null for none.</summary>
    public virtual string? FindHintForKey(string key) => null;
}

/// <summary>The options of a command, and what they say.</summary>
/// <typeparam name="TOptions">The type of what they say.</typeparam>
internal abstract class OptionSet<TOptions> : OptionSet
{
    /// <summary>Gets the values of a parse without errors.</summary>
    public abstract TOptions Read(ParseResult parsed);
}
