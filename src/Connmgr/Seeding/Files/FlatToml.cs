using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>
/// Reads the part of TOML that a flat file of settings needs: bare keys with text, a whole number, or an array of texts. All that it accepts
/// is TOML with the same meaning. Pure.
/// </summary>
internal sealed class FlatToml
{
    /// <summary>The most errors that are listed.</summary>
    private const int MaxErrors = 20;

    private const string Remedy = "write text in quotes, a whole number, or several texts in [ ]";

    private readonly List<FlatTomlEntry> _entries = [];
    private readonly List<FlatTomlError> _errors = [];
    private readonly string _text;
    private int _at;
    private int _line = 1;

    /// <summary>True while an array is read, and after an error in it: its other lines are no settings.</summary>
    private bool _isInArray;

    private FlatToml(string text) => _text = text;

    /// <summary>The entries, in their order; of each key only the first.</summary>
    public IReadOnlyList<FlatTomlEntry> Entries => _entries;

    /// <summary>The first errors, in the order of their lines.</summary>
    public IReadOnlyList<FlatTomlError> Errors => _errors;

    private char Next => _at < _text.Length ? _text[_at] : '\0';

    private bool IsAtEnd => _at >= _text.Length;

    /// <summary>Parses a text. A line with an error is left out; after an error in an array nothing more is read.</summary>
    public static FlatToml Parse(string text)
    {
        var toml = new FlatToml(text);
        if (!toml.HasBadCharacter())
            toml.ReadAll();
        return toml;
    }

    /// <summary>Reports the first character that TOML allows nowhere.</summary>
    private bool HasBadCharacter()
    {
        var line = 1;
        for (var i = 0; i < _text.Length; i++)
        {
            var letter = _text[i];
            if (letter == '\n')
                line++;
            else if (char.IsSurrogate(letter) && i + 1 < _text.Length && char.IsSurrogatePair(letter, _text[i + 1]))
                i++;
            else if (char.IsSurrogate(letter) || (letter is < ' ' or '\x7f' && letter != '\t' && !(letter == '\r' && i + 1 < _text.Length && _text[i + 1] == '\n')))
            {
                Fail(line, Invariant($"it has the character U+{(int)letter:X4}, which is no text: save the file as text in UTF-8"));
                return true;
            }
        }

        return false;
    }

    private void ReadAll()
    {
        while (!IsAtEnd && !_isInArray && _errors.Count < MaxErrors)
        {
            SkipSpaces();
            if (!IsAtEnd && Next is not ('#' or '\r' or '\n'))
                ReadEntry();
            SkipLine();
        }
    }

    /// <summary>Reads a line with a key.</summary>
    private void ReadEntry()
    {
        var (line, start) = (_line, _at);
        while (char.IsAsciiLetterOrDigit(Next) || Next is '_' or '-')
            _at++;
        var key = _text[start.._at];
        SkipSpaces();
        if (key.Length == 0 || Next != '=')
        {
            Fail(line, Next == '[' && key.Length == 0
                ? "this file has no tables: leave the line with [ ] out"
                : $"'{Excerpt.Create(RestOfLine(start))}' is no setting: write KEY = VALUE");
            return;
        }

        _at++;
        SkipSpaces();
        if (ReadValue(key) is not { } value)
            return;
        SkipSpaces();
        if (!IsAtEnd && Next is not ('#' or '\r' or '\n'))
            Fail(_line, $"'{Excerpt.Create(RestOfLine(_at))}' follows the value of {key}: begin a new line, or a comment with #");
        else if (_entries.Exists(entry => string.Equals(entry.Key, key, StringComparison.Ordinal)))
            Fail(line, $"{key} is set twice: leave one out");
        else
            _entries.Add(value with { Key = key, Line = line });
    }

    private FlatTomlEntry? ReadValue(string key)
    {
        if (Next is '"' or '\'')
            return ReadText(key) is { } text ? new() { Text = text } : null;
        if (Next == '[')
            return ReadArray(key) is { } texts ? new() { Texts = texts } : null;
        var start = _at;
        while (!IsAtEnd && Next is not (' ' or '\t' or '#' or '\r' or '\n'))
            _at++;
        var word = _text[start.._at];
        if (ToNumber(word) is { } number)
            return new() { Number = number };
        Fail(_line, word.Length == 0 ? $"{key} has no value: {Remedy}" : $"{key} is {Excerpt.Create(word)}: {Remedy}");
        return null;
    }

    /// <summary>Converts a decimal number of TOML, which begins with no zero and has underscores only between digits.</summary>
    private static long? ToNumber(string word)
    {
        var digits = word.AsSpan().TrimStart("+-");
        if (word.Length - digits.Length > 1 || digits.IsEmpty || digits[0] == '_' || digits[^1] == '_' || (digits[0] == '0' && digits.Length > 1))
            return null;
        for (var i = 0; i < digits.Length; i++)
        {
            if (!char.IsAsciiDigit(digits[i]) && (digits[i] != '_' || digits[i - 1] == '_'))
                return null;
        }

        return long.TryParse(word.Replace("_", string.Empty, StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private ImmutableArray<string>? ReadArray(string key)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        _at++;
        _isInArray = true;
        while (true)
        {
            SkipGaps();
            if (Next == ']')
                break;
            if (Next is not ('"' or '\''))
            {
                Fail(_line, $"{key} has an array with something else than texts, or without its end: write [\"ONE\", \"TWO\"]");
                return null;
            }

            if (ReadText(key) is not { } text)
                return null;
            texts.Add(text);
            SkipGaps();
            if (Next == ',')
                _at++;
            else if (Next != ']')
            {
                Fail(_line, $"the texts of {key} need a comma between them, and a ] at the end");
                return null;
            }
        }

        _at++;
        _isInArray = false;
        return texts.ToImmutable();
    }

    /// <summary>Reads a text of one line, in either kind of quotes.</summary>
    private string? ReadText(string key)
    {
        var quote = Next;
        if (_text.AsSpan(_at).StartsWith(new string(quote, 3)))
        {
            Fail(_line, $"{key} begins with three quotes: write text of one line, in one pair of quotes");
            return null;
        }

        _at++;
        var text = new StringBuilder();
        while (Next != quote)
        {
            if (IsAtEnd || Next is '\r' or '\n')
            {
                Fail(_line, $"the text of {key} has no quote at its end");
                return null;
            }

            if (Next == '\\' && quote == '"')
            {
                if (!ReadEscape(text))
                {
                    Fail(_line, $"{key} has a backslash that is not part of an escape: write text with backslashes in '...'");
                    return null;
                }
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        _at++;
        return text.ToString();
    }

    /// <summary>Reads an escape. Stays before one that is not valid.</summary>
    private bool ReadEscape(StringBuilder text)
    {
        const string Letters = "btnfr\"\\";
        var letter = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
        if (letter is 'u' or 'U')
        {
            var (start, length) = (_at + 2, letter == 'u' ? 4 : 8);
            if (start + length > _text.Length
                || !int.TryParse(_text.AsSpan(start, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                || !Rune.IsValid(code))
            {
                return false;
            }

            _at = start + length;
            text.Append(new Rune(code).ToString());
            return true;
        }

        var index = Letters.IndexOf(letter, StringComparison.Ordinal);
        if (index < 0)
            return false;
        _at += 2;
        text.Append("\b\t\n\f\r\"\\"[index]);
        return true;
    }

    private void SkipSpaces()
    {
        while (Next is ' ' or '\t')
            _at++;
    }

    /// <summary>Skips spaces, ends of lines and comments, between the elements of an array.</summary>
    private void SkipGaps()
    {
        while (!IsAtEnd && Next is ' ' or '\t' or '\r' or '\n' or '#')
        {
            if (Next is '\n' or '#')
                SkipLine();
            else
                _at++;
        }
    }

    private void SkipLine()
    {
        var end = _text.IndexOf('\n', _at);
        (_at, _line) = end < 0 ? (_text.Length, _line) : (end + 1, _line + 1);
    }

    private ReadOnlySpan<char> RestOfLine(int start)
    {
        var rest = _text.AsSpan(start);
        var end = rest.IndexOfAny('\r', '\n');
        return end < 0 ? rest : rest[..end];
    }

    private void Fail(int line, string message) => _errors.Add(new(line, message));
}

/// <summary>A key of a flat TOML file with its value: one of the three.</summary>
internal sealed record FlatTomlEntry
{
    /// <summary>The key.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>Its line, from 1.</summary>
    public int Line { get; init; }

    /// <summary>The text; null when the value is none.</summary>
    public string? Text { get; init; }

    /// <summary>The number; null when the value is none.</summary>
    public long? Number { get; init; }

    /// <summary>The texts; null when the value is no array.</summary>
    public ImmutableArray<string>? Texts { get; init; }
}

/// <summary>An error in a flat TOML file.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Message">The error and its remedy.</param>
internal sealed record FlatTomlError(int Line, string Message);
