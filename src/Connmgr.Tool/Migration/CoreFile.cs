using System.Collections.Immutable;

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

    private CoreFile(ImmutableArray<CoreEntry> entries, ImmutableArray<string> errors) => (Entries, Errors) = (entries, errors);

    /// <summary>The settings, in their order.</summary>
    public ImmutableArray<CoreEntry> Entries { get; }

    /// <summary>The first errors, with which Bitcoin Core would not start.</summary>
    public ImmutableArray<string> Errors { get; }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The name of the file, for errors.</param>
    public static CoreFile Parse(string text, string path)
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
                entries.Add(ToEntry(line, section, number));
        }

        return new(entries.ToImmutable(), [.. errors.Take(MaxErrors)]);
    }

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

    private static CoreEntry ToEntry(string line, string section, int number)
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
/// <param name="Line">Its line, from 1.</param>
/// <param name="Section">Its section; empty for none.</param>
/// <param name="Name">Its name, without the prefix "no".</param>
/// <param name="Value">Its value; null for one that is turned off by "no".</param>
internal sealed record CoreEntry(int Line, string Section, string Name, string? Value);
