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
}
