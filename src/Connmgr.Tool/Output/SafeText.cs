using System.Globalization;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// Makes text of others, such as user agents and exception messages, safe for a terminal and a log: one line of bounded length, without
/// characters that move the cursor, are invisible or change the writing direction.
/// </summary>
internal static class SafeText
{
    /// <summary>The most characters of a notice, which may contain a path and a reason of the system.</summary>
    public const int MaxNoticeLength = 1024;

    private const int MaxLength = 256;
    private const char Replacement = '?';

    /// <summary>Makes a text safe.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The most characters to keep.</param>
    /// <returns>The text, with '?' for each character that is not printable.</returns>
    public static string Line(string text, int maxLength = MaxLength)
    {
        var safe = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length + rune.Utf16SequenceLength > maxLength - 1 && text.Length > maxLength)
                return safe.Append('…').ToString();
            safe.Append(IsPrintable(rune) ? rune.ToString() : Replacement.ToString());
        }

        return safe.ToString();
    }

    private static bool IsPrintable(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
