using System.Text;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>Text for a terminal that knows ASCII alone, as wide as before.</summary>
internal static class AsciiText
{
    /// <summary>Replaces what is not in ASCII: lines by hyphens, the sign of what was cut off by '~', the rest by '?'.</summary>
    public static string Of(string text)
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
