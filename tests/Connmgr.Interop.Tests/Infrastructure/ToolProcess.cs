namespace Connmgr.Interop;

/// <summary>The program <c>connmgr</c> as a process of its own.</summary>
internal static class ToolProcess
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll");

    /// <summary>For env: the variables of ./test are no settings of the program's.</summary>
    private static IEnumerable<string> WithoutOurVariables => Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Where(name => name.StartsWith("CONNMGR_", StringComparison.Ordinal)).SelectMany(name => new[] { "-u", name });

    /// <summary>Starts it, in a namespace when one is given.</summary>
    public static ServerProcess Start(NetworkNamespace? network, params IEnumerable<string> arguments) =>
        ServerProcess.Start("env", [.. WithoutOurVariables, "dotnet", Program, .. arguments], network);

    /// <summary>Starts it in a group of its own, by which a packet filter knows it.</summary>
    public static ServerProcess StartInGroup(int group, NetworkNamespace network, params IEnumerable<string> arguments) => ServerProcess.Start(
        "env", [.. WithoutOurVariables, "setpriv", $"--regid={group}", "--clear-groups", "dotnet", Program, .. arguments], network);

    /// <summary>Starts it with its standard output in a file, for what is too much to be kept otherwise. The process is the program's own.</summary>
    public static ServerProcess StartInto(string outputFile, NetworkNamespace? network, params IEnumerable<string> arguments) =>
        ServerProcess.Start("env", [.. WithoutOurVariables, "bash", "-c", "exec dotnet \"$@\" >\"$0\"", outputFile, Program, .. arguments], network);
}
