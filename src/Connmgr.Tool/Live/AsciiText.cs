using System.Text;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>Converts text for a terminal that only shows ASCII. The width stays the same.</summary>
internal static class AsciiText
{
    /// <summary>Replaces characters that are not ASCII: lines by hyphens, the ellipsis by '~', others by '?'.</summary>
    public static string Convert(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var ascii = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
                ascii.Append((char)rune.Value);
            else
                ascii.Append(rune.Value switch { '─' => '-', '…' => '~', _ => '?' }, rune.ToString().GetCellWidth());
        }

        return ascii.ToString();
    }
}
