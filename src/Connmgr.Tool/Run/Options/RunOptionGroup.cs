using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>A group of options of <c>connmgr run</c>: their definition, their validation and their effect.</summary>
internal abstract class RunOptionGroup
{
    /// <summary>The title in the help.</summary>
    public abstract string Title { get; }

    /// <summary>The options, in the order of the help.</summary>
    public abstract IEnumerable<Option> Options { get; }

    /// <summary>Applies the values of the options.</summary>
    /// <param name="options">The options of the previous groups.</param>
    /// <param name="parsed">A command line without errors.</param>
    public abstract RunOptions Apply(RunOptions options, ParseResult parsed);

    /// <summary>Reports errors that no option can find alone.</summary>
    /// <param name="result">The command line. A value may not be valid: call <c>GetValue</c> only for an option that can't fail.</param>
    public virtual void Validate(CommandResult result)
    {
    }

    /// <summary>Determines whether the options name peers or a listener. A network without DNS seeds has no other peers.</summary>
    public virtual bool NamesPeers(CommandResult result) => false;
}
