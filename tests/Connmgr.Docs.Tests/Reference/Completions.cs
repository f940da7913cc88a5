using Connmgr.Tool;

namespace Connmgr.Docs.Tests.Reference;

/// <summary>The scripts of <c>connmgr completion</c> in packaging/completions, under the names that the shells look for.</summary>
internal static class Completions
{
    public const string Folder = "packaging/completions";

    /// <summary>The scripts, by the name of their file.</summary>
    public static IReadOnlyDictionary<string, string> Build() => CompletionCommand.Scripts.ToDictionary(
        script => script.Shell switch
        {
            "zsh" => "_connmgr",
            "pwsh" => "connmgr.ps1",
            var shell => $"connmgr.{shell}",
        },
        script => script.Script,
        StringComparer.Ordinal);
}
