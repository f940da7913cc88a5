using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>Suggests names for a misspelt one.</summary>
internal static class Suggestion
{
    private const int MaxDistance = 3;

    /// <summary>Finds the nearest option or subcommand of a command.</summary>
    /// <param name="token">The misspelt name.</param>
    /// <param name="command">The command.</param>
    /// <returns>The name; null when nothing is near.</returns>
    public static string? For(string token, Command command) => Among(
        token, command.Options.Where(option => !option.Hidden).Select(option => option.Name).Concat(command.Subcommands.Select(sub => sub.Name)));

    /// <summary>Finds the nearest of several names.</summary>
    /// <param name="token">The misspelt name.</param>
    /// <param name="names">The valid names.</param>
    /// <returns>The name; null when nothing is near.</returns>
    public static string? Among(string token, IEnumerable<string> names) => token.Length > 64
        ? null
        : names
            .Select(name => (Name: name, Distance: NearestText.Distance(token, name)))
            .Where(near => near.Distance <= Math.Min(MaxDistance, near.Name.Length / 2))
            .OrderBy(near => near.Distance)
            .Select(near => near.Name)
            .FirstOrDefault();
}
