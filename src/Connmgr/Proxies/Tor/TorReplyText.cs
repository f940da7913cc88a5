using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Connmgr;

/// <summary>
/// The words of a line of Tor's control port: separated by spaces, each KEY=VALUE, KEY alone or a value, where a value may be quoted.
/// </summary>
internal static class TorReplyText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Splits a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">The words in their order; the key is empty for a value alone, the value null for a key alone.</param>
    /// <returns>False when a quoted value does not end.</returns>
    public static bool TrySplit(ReadOnlySpan<char> line, [NotNullWhen(true)] out List<(string Key, string? Value)>? words)
    {
        words = [];
        while (!(line = line.TrimStart(' ')).IsEmpty)
        {
            var end = line.IndexOfAny(" =\"");
            var key = string.Empty;
            if (end < 0 || line[end] == ' ')
            {
                words.Add((Take(ref line, end < 0 ? line.Length : end), null));
                continue;
            }

            if (line[end] == '=')
            {
                key = Take(ref line, end);
                line = line[1..];
            }
            else if (end > 0)
            {
                key = Take(ref line, end);
            }

            string value;
            if (!line.StartsWith("\""))
            {
                end = line.IndexOf(' ');
                value = Take(ref line, end < 0 ? line.Length : end);
            }
            else if (!TryUnquote(ref line, out value))
            {
                words = null;
                return false;
            }

            words.Add((key, value));
        }

        return true;
    }

    /// <summary>Quotes a value for a command.</summary>
    /// <param name="value">The value, without control characters.</param>
    public static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>
    /// Decodes a value that is a path. Its characters are bytes; Tor writes a path in the system's encoding, which is UTF-8. Other bytes
    /// stay as they are.
    /// </summary>
    public static string GetPath(string value)
    {
        try
        {
            return Utf8.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }

    private static string Take(ref ReadOnlySpan<char> line, int length)
    {
        var taken = line[..length].ToString();
        line = line[length..];
        return taken;
    }

    /// <summary>
    /// Reads a quoted string with escapes: a backslash, then n, t, r, up to three octal digits, or the character itself (control-spec
    /// 2.1.1).
    /// </summary>
    private static bool TryUnquote(ref ReadOnlySpan<char> line, out string value)
    {
        var text = new StringBuilder();
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                line = line[(i + 1)..];
                value = text.ToString();
                return true;
            }

            if (line[i] != '\\')
                text.Append(line[i]);
            else if (++i < line.Length)
                text.Append(Unescape(line, ref i));
        }

        value = string.Empty;
        return false;
    }

    /// <param name="line">The line.</param>
    /// <param name="i">The position of the character after the backslash; afterwards that of the last character of the escape.</param>
    private static char Unescape(ReadOnlySpan<char> line, ref int i)
    {
        if (line[i] is < '0' or > '7')
            return line[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other };

        // Three digits make a byte if the first is at most 3.
        var most = line[i] <= '3' ? 3 : 2;
        var code = 0;
        var digits = 0;
        for (; digits < most && i + digits < line.Length && line[i + digits] is >= '0' and <= '7'; digits++)
            code = (8 * code) + (line[i + digits] - '0');
        i += digits - 1;
        return (char)code;
    }
}
