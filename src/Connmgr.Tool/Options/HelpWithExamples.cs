using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Connmgr.Tool;

/// <summary>The help of a command, and its examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => help.ClearsParseErrors;

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var examples = parseResult.CommandResult.Command switch
        {
            DocumentedCommand command => command.Examples,
            RootCommand => RootExamples,
            _ => [],
        };
        if (examples.Count == 0)
            return exitCode;
        output.WriteLine("Examples:");
        foreach (var example in examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
        return exitCode;
    }

    private static readonly IReadOnlyList<string> RootExamples =
    [
        "connmgr run                                            # a small network in memory: no internet, no set-up",
        "connmgr run --network mainnet --data-dir ~/.connmgr    # Bitcoin",
        "connmgr peers --data-dir ~/.connmgr list               # what that run is connected to",
        "connmgr run --help                                     # all of a command",
    ];
}
