using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Command lines, each with a remark after '#' where it needs one.</param>
internal sealed class DocumentedCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>The options that belong together, in the order of the help; those in none come last.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Groups { get; init; } = [];
}
