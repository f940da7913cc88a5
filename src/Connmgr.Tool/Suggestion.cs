using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>What may have been meant by something unknown.</summary>
internal static class Suggestion
{
    private const int MaxDistance = 3;

    /// <summary>The nearest option or command of a command.</summary>
    /// <param name="token">What was written.</param>
    /// <param name="command">Where.</param>
    /// <returns>The name; null when nothing is near.</returns>
    public static string? For(string token, Command command) => Among(
        token, command.Options.Where(option => !option.Hidden).Select(option => option.Name).Concat(command.Subcommands.Select(sub => sub.Name)));

    /// <summary>The nearest of some names.</summary>
    /// <param name="token">What was written.</param>
    /// <param name="names">What could have been meant.</param>
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
