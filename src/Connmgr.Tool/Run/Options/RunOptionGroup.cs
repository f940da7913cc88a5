using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>Options of <c>connmgr run</c> that belong together: what they are, what is wrong with them, what they ask for.</summary>
internal abstract class RunOptionGroup
{
    /// <summary>What they are about, for the help.</summary>
    public abstract string Title { get; }

    /// <summary>The options, in the order of the help.</summary>
    public abstract IEnumerable<Option> Options { get; }

    /// <summary>Adds what they ask for.</summary>
    /// <param name="options">What the groups before asked for.</param>
    /// <param name="parsed">A command line without errors.</param>
    public abstract RunOptions Apply(RunOptions options, ParseResult parsed);

    /// <summary>Reports what none of the options can see alone.</summary>
    /// <param name="result">
    /// The command line, where a value may not have parsed: ask for one by <c>GetValue</c> only when its option can't fail.
    /// </param>
    public virtual void Validate(CommandResult result)
    {
    }

    /// <summary>Whether they name anybody to connect to, or anywhere to be connected at: a network without DNS seeds has nobody else.</summary>
    public virtual bool NamesPeers(CommandResult result) => false;
}
