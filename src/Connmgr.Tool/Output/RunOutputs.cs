namespace Connmgr.Tool;

/// <summary>Chooses the output of a run.</summary>
internal static class RunOutputs
{
    public static IRunOutput Open(RunOptions options, ToolEnvironment environment) => (options.Json, environment.Terminal) switch
    {
        (true, _) => new JsonOutput(environment.Out),
        (_, { } terminal) => new LiveOutput(new TerminalScreen(terminal), environment.TimeProvider),
        _ => new PlainOutput(environment.Out, environment.TimeProvider),
    };
}
