using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The fleet that the run joins.</summary>
internal sealed class FleetGroup : RunOptionGroup
{
    private readonly FleetCommandOptions _options = new();

    public override string Title => FleetCommandOptions.Title;

    public override IEnumerable<Option> Options => _options.All;

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with { Fleet = _options.Get(parsed, options.ChainName) };

    public override void Validate(CommandResult result) => _options.Validate(result);
}
