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
            .Select(name => (Name: name, Distance: Distance(token, name)))
            .Where(near => near.Distance <= Math.Min(MaxDistance, near.Name.Length / 2))
            .OrderBy(near => near.Distance)
            .Select(near => near.Name)
            .FirstOrDefault();

    /// <summary>How many characters must be added, removed or changed (Levenshtein).</summary>
    internal static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
