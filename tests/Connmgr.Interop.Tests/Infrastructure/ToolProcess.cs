namespace Connmgr.Interop;

/// <summary>The program <c>connmgr</c> as a process of its own.</summary>
internal static class ToolProcess
{
    /// <summary>Starts it, in a namespace when one is given.</summary>
    public static ServerProcess Start(NetworkNamespace? network, params IEnumerable<string> arguments) =>
        ServerProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Connmgr.Tool.dll"), .. arguments], network);
}
