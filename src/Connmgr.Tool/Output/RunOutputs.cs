namespace Connmgr.Tool;

/// <summary>Chooses the output of a run.</summary>
internal static class RunOutputs
{
    /// <summary>Opens the output, and that of the service manager if there is one.</summary>
    /// <exception cref="ToolException">The address of the service manager is not valid.</exception>
    public static IRunOutput Open(RunOptions options, ToolEnvironment environment) => ServiceManager.Find(environment.Variables) is { } manager
        ? new ServiceOutput(OpenOwn(options, environment), manager, environment.TimeProvider)
        : OpenOwn(options, environment);

    private static IRunOutput OpenOwn(RunOptions options, ToolEnvironment environment) => (options.Json, environment.Terminal) switch
    {
        (true, _) => new JsonOutput(environment.Out),
        (_, { } terminal) => new LiveOutput(new TerminalScreen(terminal), environment.TimeProvider),
        _ => new PlainOutput(environment.Out, environment.TimeProvider),
    };
}
