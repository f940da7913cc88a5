using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// A configuration file of Bitcoin Core, read as its GetConfigOptions, InterpretKey and InterpretValue (src/common) do. It represents the
/// content of the file and does not know the options. Immutable.
/// </summary>
internal sealed class CoreFile
{
    private const string Spaces = " \f\n\r\t\v";

    /// <summary>The most characters of a name in an error.</summary>
    private const int MaxNameLength = 80;

    /// <summary>The most errors that are listed.</summary>
    private const int MaxErrors = 20;

    private static readonly char[] NameEnds = ['=', .. Spaces];

    /// <summary>The name of the setting that includes another file.</summary>
    public const string Include = "includeconf";

    private CoreFile(ImmutableArray<CoreEntry> entries, ImmutableArray<string> errors) => (Entries, Errors) = (entries, errors);

    /// <summary>The settings, in their order.</summary>
    public ImmutableArray<CoreEntry> Entries { get; }

    /// <summary>The first errors, with which Bitcoin Core would not start.</summary>
    public ImmutableArray<string> Errors { get; }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The name of the file, for errors.</param>
    /// <param name="included">The number of the file among those that are included, from 1; 0 for the file itself.</param>
    public static CoreFile Parse(string text, string path, int included = 0)
    {
        var (entries, errors, section, number) = (ImmutableArray.CreateBuilder<CoreEntry>(), new List<string>(), string.Empty, 0);
        foreach (var whole in text.Split('\n'))
        {
            number++;
            var hash = whole.IndexOf('#', StringComparison.Ordinal);
            var line = (hash < 0 ? whole : whole[..hash]).Trim(Spaces.ToCharArray());
            if (line.Length == 0)
                continue;
            if (line.Length > 1 && line.StartsWith('[') && line.EndsWith(']'))
                section = line[1..^1];
            else if (FindFault(line, hash >= 0) is { } fault)
                errors.Add(Invariant($"{path}:{number}: {fault}."));
            else
                entries.Add(ToEntry(line, section, new(included, number, included == 0 ? null : path)));
        }

        return new(entries.ToImmutable(), [.. errors.Take(MaxErrors)]);
    }

    /// <summary>
    /// Gets the files that this one includes for a network: those of its section, then those outside of sections; "no" drops what is before it.
    /// Included files can't include others.
    /// </summary>
    /// <param name="section">The section of the network.</param>
    public IEnumerable<string> GetIncluded(string section) => new[] { section, string.Empty }.SelectMany(each =>
    {
        var entries = Entries.Where(entry => string.Equals(entry.Name, Include, StringComparison.Ordinal) && string.Equals(entry.Section, each, StringComparison.Ordinal)).ToList();
        return entries.Skip(entries.FindLastIndex(static entry => entry.Value is null) + 1).Select(static entry => entry.Value!);
    });

    /// <summary>Creates a file with the settings and errors of included ones after its own, as Bitcoin Core reads them.</summary>
    public CoreFile With(IReadOnlyCollection<CoreFile> included) =>
        new([.. Entries, .. included.SelectMany(static file => file.Entries)], [.. Errors.Concat(included.SelectMany(static file => file.Errors)).Take(MaxErrors)]);

    private static string? FindFault(string line, bool hasHash)
    {
        if (line.StartsWith('-'))
            return $"'{NameIn(line)}' begins with a hyphen, which Bitcoin Core does not accept in its file: leave the hyphen out";
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            var negation = line.StartsWith("no", StringComparison.Ordinal) ? $"; to turn an option off, write {NameIn(line)}=1" : string.Empty;
            return $"'{NameIn(line)}' is no setting: write NAME=VALUE{negation}";
        }

        return hasHash && line[..equals].Contains("rpcpassword", StringComparison.Ordinal)
            ? "there is a # in the line of rpcpassword, which Bitcoin Core does not accept, because it can't know whether a comment begins there"
            : null;
    }

    private static CoreEntry ToEntry(string line, string section, CoreLine number)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = (line[..equals].Trim(Spaces.ToCharArray()), line[(equals + 1)..].Trim(Spaces.ToCharArray()));
        var key = section.Length > 0 ? $"{section}.{name}" : name;
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        (section, name) = dot < 0 ? (string.Empty, key) : (key[..dot], key[(dot + 1)..]);
        if (!name.StartsWith("no", StringComparison.Ordinal))
            return new CoreEntry(number, section, name, value);
        return new CoreEntry(number, section, name[2..], CoreSettings.ToBool(value) ? null : "1"); // nofoo=0 is foo=1.
    }

    /// <summary>Gets the name in a line that is not valid, for a message. The rest is not shown: it may be a password.</summary>
    private static string NameIn(string line) => SafeText.Line(line.IndexOfAny(NameEnds) is >= 0 and var end ? line[..end] : line, MaxNameLength);
}

/// <summary>A setting of a configuration file of Bitcoin Core.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Section">Its section; empty for none.</param>
/// <param name="Name">Its name, without the prefix "no".</param>
/// <param name="Value">Its value; null for one that is turned off by "no".</param>
internal sealed record CoreEntry(CoreLine Line, string Section, string Name, string? Value);

/// <summary>A line of a file or of one that it includes.</summary>
/// <param name="File">The number of the file among those that are included, from 1; 0 for the file itself.</param>
/// <param name="Number">The line, from 1; 0 for none.</param>
/// <param name="Path">The name of an included file; null for the file itself.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CoreLine(int File, int Number, string? Path)
{
    public override string ToString() => Path is null ? Invariant($"line {Number}") : Invariant($"line {Number} of {Path}");
}
