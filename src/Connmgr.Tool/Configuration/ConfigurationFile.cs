using System.Collections.Immutable;
using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Connmgr.Tool;

/// <summary>
/// A configuration file in TOML: a key for each option, and a table named like a network for settings of that network alone. It represents
/// the content of the file and does not know the options.
/// </summary>
internal sealed class ConfigurationFile
{
    /// <summary>The name of the file in a data directory.</summary>
    public const string DefaultName = "connmgr.toml";

    private const int MaxLength = 1 << 20;

    private readonly List<ConfigurationEntry> _entries = [];
    private readonly List<ConfigurationError> _errors = [];

    private ConfigurationFile(string path) => Path = path;

    /// <summary>The path, as the user gave it.</summary>
    public string Path { get; }

    /// <summary>The entries, in their order.</summary>
    public IReadOnlyList<ConfigurationEntry> Entries => _entries;

    /// <summary>The errors, with their lines.</summary>
    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ToolException">The file can't be read.</exception>
    public static async Task<ConfigurationFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var file = await TextFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
            return Parse(file.ToString(), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException($"can't read the configuration file '{path}': {exception.Message} Give another --config.", exception);
        }
    }

    /// <summary>Parses the text of a file. Keeps the valid entries even if there are <see cref="Errors"/>.</summary>
    public static ConfigurationFile Parse(string text, string path)
    {
        var file = new ConfigurationFile(path);
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text, path, validate: true);
        }
        catch (TomlException exception)
        {
            // Errors are in the diagnostics, except that Tomlyn throws, without a position, for nesting that is too deep.
            var what = exception.Message.Contains("depth", StringComparison.OrdinalIgnoreCase) ? "brackets or braces are nested too deep" : $"not TOML: {exception.Message.TrimEnd('.')}";
            file._errors.Add(new ConfigurationError(Line: 0, $"{path}: {what}. A line is KEY = VALUE; put several values in one pair of [ ]."));
            return file;
        }
        catch (ArgumentException exception)
        {
            // Tomlyn 2.10 throws this for a text that ends within an escape, or has an escape of no character.
            file._errors.Add(new ConfigurationError(Line: 0, $"{path}: not TOML: a backslash is not part of an escape ({exception.Message}). Write text with backslashes in '...'."));
            return file;
        }

        foreach (var problem in document.Diagnostics)
            file.Fail(problem.Span.Start.Line + 1, $"not TOML: {problem.Message.TrimEnd('.')}. A line is KEY = VALUE; put text in quotes, and several values in [ ].");
        foreach (var entry in document.KeyValues)
            file.Add(section: null, entry);
        foreach (var table in document.Tables)
        {
            var section = Unquote(table.Name);
            if (table is TableArraySyntax)
                file.Fail(table.Span.Start.Line + 1, $"[[{section}]] is an array of tables: write [{section}].");
            foreach (var entry in table.Items)
                file.Add(section, entry);
        }

        return file;
    }

    private void Add(string? section, KeyValueSyntax entry)
    {
        if (entry.Key is null || entry.Value is null)
            return; // The error of its line is already listed.
        var (key, line) = (Unquote(entry.Key), entry.Span.Start.Line + 1);
        if (Values(entry.Value) is { } values)
            _entries.Add(new ConfigurationEntry(section, key, values, line));
        else
            Fail(line, $"{key} is {entry.Value.ToString().Trim()}: use text in quotes, a number, true or false, or several of them in [ ].");
    }

    private void Fail(int line, string what) => _errors.Add(new ConfigurationError(line, $"{Path}:{line}: {what}"));

    private static ImmutableArray<string>? Values(ValueSyntax value)
    {
        if (value is not ArraySyntax array)
            return Text(value) is { } text ? [text] : null;
        var values = array.Items.Select(item => item.Value is { } element ? Text(element) : null).ToList();
        return values.TrueForAll(element => element is not null) ? [.. values.OfType<string>()] : null;
    }

    private static string? Text(ValueSyntax value) => value switch
    {
        StringValueSyntax text => text.Value ?? string.Empty,
        IntegerValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValueSyntax number => number.Token?.Text?.Replace("_", string.Empty, StringComparison.Ordinal),
        BooleanValueSyntax truth => truth.Value ? "true" : "false",
        _ => null,
    };

    /// <summary>Gets a key without quotes. The parts of a dotted key are separated by dots.</summary>
    private static string Unquote(KeySyntax? key) => key is null
        ? string.Empty
        : string.Join('.', key.DotKeys.Select(part => part.Key).Prepend(key.Key).Select(part => part switch
        {
            StringValueSyntax quoted => quoted.Value,
            _ => part?.ToString().Trim(),
        }));
}

/// <summary>A key of a configuration file.</summary>
/// <param name="Section">The table of the key; null for none.</param>
/// <param name="Key">The key.</param>
/// <param name="Values">Its value, or the elements of its array, as text.</param>
/// <param name="Line">Its line, from 1.</param>
internal sealed record ConfigurationEntry(string? Section, string Key, ImmutableArray<string> Values, int Line);

/// <summary>An error in a configuration.</summary>
/// <param name="Line">The line of the file, from 1; 0 when the error is not in the file.</param>
/// <param name="Message">The error, its place and its remedy.</param>
internal sealed record ConfigurationError(int Line, string Message);
