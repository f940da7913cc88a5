using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

/// <summary>
/// A reply of an I2P router (SAM 3.1): two words, such as STREAM STATUS, and pairs of a key and a value, which may be in quotes.
/// Immutable.
/// </summary>
internal sealed class SamReply
{
    /// <summary>The result that means success.</summary>
    public const string Ok = "OK";

    private const int MaxShown = 200;

    private readonly Dictionary<string, string> _values;

    private SamReply(string topic, string kind, Dictionary<string, string> values) => (Topic, Kind, _values) = (topic, kind, values);

    /// <summary>The first word, such as STREAM.</summary>
    public string Topic { get; }

    /// <summary>The second word, such as STATUS.</summary>
    public string Kind { get; }

    /// <summary>The value of RESULT; null when there is none.</summary>
    public string? Result => this["RESULT"];

    /// <summary>The value of a key; null when there is none. Of a key that is there twice, the first value counts, as in Bitcoin Core.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>The result and the router's message, bounded and printable.</summary>
    public string Shown => this["MESSAGE"] is { Length: > 0 } message ? $"{Printable(Result ?? "no result")} ({Printable(message)})" : Printable(Result ?? "no result");

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="reply">The reply; null when the line is none.</param>
    /// <returns>False if the line does not begin with two words.</returns>
    public static bool TryParse(string line, [NotNullWhen(true)] out SamReply? reply)
    {
        reply = null;
        var rest = line.AsSpan();
        var topic = TakeWord(ref rest);
        var kind = TakeWord(ref rest);
        if (!IsName(topic) || !IsName(kind))
            return false;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!(rest = rest.TrimStart(' ')).IsEmpty)
        {
            var end = rest.IndexOfAny(' ', '=');
            var key = end < 0 ? rest : rest[..end];
            var hasValue = end >= 0 && rest[end] == '=';
            rest = rest[(key.Length + (hasValue ? 1 : 0))..];
            var value = hasValue ? TakeValue(ref rest) : string.Empty;
            values.TryAdd(key.ToString(), value);
        }

        reply = new SamReply(topic.ToString(), kind.ToString(), values);
        return true;
    }

    /// <summary>Returns the beginning of a text, with '?' for each character that can't be printed.</summary>
    public static string Printable(string text) => string.Create(Math.Min(text.Length, MaxShown), text, static (shown, text) =>
    {
        for (var i = 0; i < shown.Length; i++)
            shown[i] = text[i] is >= ' ' and < (char)0x7f ? text[i] : '?';
    });

    private static bool IsName(ReadOnlySpan<char> word) => !word.IsEmpty && !word.Contains('=');

    private static ReadOnlySpan<char> TakeWord(ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(' ');
        var end = rest.IndexOf(' ');
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }

    /// <summary>Takes a value: up to the next space or, in quotes, up to the closing one, where a backslash stands before a quote or a backslash.</summary>
    private static string TakeValue(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('"'))
            return TakePlain(ref rest);
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                var value = Unescape(rest[1..i]);
                rest = rest[(i + 1)..];
                return value;
            }

            if (rest[i] == '\\')
                i++;
        }

        return TakePlain(ref rest); // It never closes, so it is no quote.
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\'))
            return text.ToString();
        var value = new char[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            value[length++] = text[i];
        }

        return new string(value, 0, length);
    }

    private static string TakePlain(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(' ');
        var value = end < 0 ? rest : rest[..end];
        rest = rest[value.Length..];
        return value.ToString();
    }
}
