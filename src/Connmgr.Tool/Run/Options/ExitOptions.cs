using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The conditions under which a run ends by itself.</summary>
internal sealed class ExitOptions : RunOptionGroup
{
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);

    private readonly FlagOption _untilFull = new("--until-full", "Exit once the target and all permanent peers are connected.", canBeOff: true);

    private readonly SecondsOption _timeout =
        new("--timeout", MaxTimeout, example: 60, "With --until-full: fail if that takes longer, and list what is missing.");

    public override string Title => "When it ends";

    public override IEnumerable<Option> Options => [_untilFull, _timeout];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        UntilFull = parsed.GetValue(_untilFull),
        Timeout = parsed.GetValue(_timeout),
    };

    public override void Validate(CommandResult result)
    {
        if (result.GetResult(_timeout) is not null && !result.GetValue(_untilFull))
            result.AddError("--timeout only applies with --until-full: add --until-full, or leave --timeout out.");
    }
}
