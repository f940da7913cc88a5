using System.Text.RegularExpressions;

namespace Connmgr.Docs.Tests.Language;

/// <summary>The prose of a Markdown page: everything but code and the targets of links.</summary>
internal static partial class PageProse
{
    /// <summary>Finds the violations of a page.</summary>
    public static IReadOnlyList<Violation> Check(string page)
    {
        var prose = Spans().Replace(Fences().Replace(page, Blank), Blank);
        return [.. WordList.Find(prose).Select(found => new Violation(1 + prose.AsSpan(0, found.Position).Count('\n'), $"'{found.Words}'"))];
    }

    private static string Blank(Match match) => NotNewLine().Replace(match.Value, " ");

    [GeneratedRegex(@"[^\n]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotNewLine();

    [GeneratedRegex(@"^[ \t]*(?<fence>```+|~~~+).*?^[ \t]*\k<fence>", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fences();

    [GeneratedRegex(@"(?<ticks>`+)(?:(?!\k<ticks>).)+?\k<ticks>|\]\([^)\s]*\)|<!--.*?-->", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spans();
}
