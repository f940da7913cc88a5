using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests.Language;

/// <summary>The words that no page, comment or message uses. CONTRIBUTING.md explains the rule.</summary>
internal static partial class WordList
{
    /// <summary>Finds the banned words of a text.</summary>
    /// <param name="text">Prose; code spans are already blank.</param>
    /// <returns>The position and the words of each.</returns>
    public static IEnumerable<(int Position, string Words)> Find(string text) => Banned().Matches(text).Select(match => (match.Index, match.Value));

    [GeneratedRegex(
        """
        \b(
          told | said | met | beside | lest | anew | thrice | ere | whence | thence | hither | forthwith | mend(s|ed|ing)?
        | whom?(so)?ever | nobody | somebody | anybody
        | for \s+ people | of \s+ ours | of \s+ (its|their|our|your|his|my|one's) \s+ own
        | (tells?|telling|hears?|hearing|heard) \s+ of | (comes?|came|coming) \s+ of
        | in \s+ (its|their|our|his) \s+ stead | for \s+ ever | so \s+ to \s+ speak | by \s+ and \s+ by
        | (shakes?|shook|shaken|shaking) \s+ hands | (and|or) \s+ (its|their|the) \s+ like
        )(?![\w-])
        | \b of \s+ the \s+ loop \.
        """,
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Banned();
}
