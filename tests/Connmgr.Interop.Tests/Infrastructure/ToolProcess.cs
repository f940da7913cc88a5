namespace Connmgr.Interop;

/// <summary>The program <c>connmgr</c> as a process of its own.</summary>
internal static class ToolProcess
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll");

    /// <summary>Starts it, in a namespace when one is given.</summary>
    public static ServerProcess Start(NetworkNamespace? network, params IEnumerable<string> arguments) =>
        ServerProcess.Start("dotnet", [Program, .. arguments], network);

    /// <summary>Starts it with its standard output in a file, for what is too much to be kept otherwise. The process is the program's own.</summary>
    public static ServerProcess StartInto(string outputFile, NetworkNamespace? network, params IEnumerable<string> arguments) =>
        ServerProcess.Start("bash", ["-c", "exec dotnet \"$@\" >\"$0\"", outputFile, Program, .. arguments], network);
}
