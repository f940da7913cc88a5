using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>The help of a command: its description, usage, grouped options and examples, for the width of the terminal.</summary>
/// <param name="width">The columns of the terminal.</param>
internal sealed class CommandHelp(int width) : SynchronousCommandLineAction
{
    /// <summary>The width below which an option and its description do not fit on one line.</summary>
    private const int WideEnoughForColumns = 72;

    /// <summary>The longest option that shares a line with its description.</summary>
    private const int LongestName = 30;

    private const int Indent = 2;

    internal static readonly string[] RootExamples =
    [
        "connmgr run                                            # in memory: no internet, no setup",
        "connmgr run --network mainnet --data-dir ~/.connmgr    # Bitcoin",
        "connmgr peers --data-dir ~/.connmgr list               # the peers of that run",
        "connmgr run --help                                     # all options of a command",
    ];

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        foreach (var line in Lines(parseResult.CommandResult.Command))
            output.WriteLine(line);
        return ExitCode.Success;
    }

    /// <summary>Creates the help of a command, line by line.</summary>
    public IEnumerable<string> Lines(Command command)
    {
        var examples = command switch { DocumentedCommand documented => documented.Examples, RootCommand => RootExamples, _ => [] };
        var arguments = command.Arguments.Where(argument => !argument.Hidden)
            .Select(argument => (Name: GetName(argument), argument.Description ?? string.Empty));
        var commands = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description ?? string.Empty));
        return
        [
            .. Wrap(command.Description ?? string.Empty, indent: 0), string.Empty,
            "Usage:", .. Wrap(Usage(command), Indent), string.Empty,
            .. Section("Commands:", commands),
            .. Section("Arguments:", arguments),
            .. Groups(command).SelectMany(group => Section(group.Title + ":", group.Options.Select(Describe))),
            .. examples.Count == 0 ? [] : examples.SelectMany(Example).Prepend("Examples:").Append(string.Empty),
        ];
    }

    /// <summary>Wraps text to the width.</summary>
    internal IEnumerable<string> Wrap(string text, int indent)
    {
        var (line, room) = (string.Empty, Math.Max(width - indent, 10));
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.GetCellWidth() + 1 + word.GetCellWidth() > room)
            {
                yield return new string(' ', indent) + line;
                line = string.Empty;
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        if (line.Length > 0)
            yield return new string(' ', indent) + line;
    }

    internal static string Usage(Command command)
    {
        var arguments = string.Concat(command.Arguments.Where(argument => !argument.Hidden).Select(argument => $" {GetName(argument)}"));
        return $"{GetPath(command)}{(command.Subcommands.Count == 0 ? string.Empty : command.Action is null ? " COMMAND" : " [COMMAND]")}{arguments} [OPTIONS]";
    }

    private static string GetPath(Command command) => command is RootCommand
        ? "connmgr"
        : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? GetPath(parent) : "connmgr")} {command.Name}";

    internal static IEnumerable<(string Title, IEnumerable<Option> Options)> Groups(Command command)
    {
        var groups = command is DocumentedCommand documented ? documented.Groups : [];
        var inGroups = groups.SelectMany(group => group.Options).ToHashSet();
        var others = command.Options.Concat(InheritedBy(command)).Distinct().Where(option => !option.Hidden && !inGroups.Contains(option))
            .OrderBy(option => option is HelpOption or VersionOption);
        return groups.Select(group => (group.Title, group.Options.AsEnumerable())).Append((groups.Count > 0 ? "Other options" : "Options", others));
    }

    private static IEnumerable<Option> InheritedBy(Command command) => command.Parents.OfType<Command>()
        .SelectMany(parent => parent.Options.Where(option => option.Recursive).Concat(InheritedBy(parent)));

    private static (string Name, string Description) Describe(Option option) => (GetName(option), option.Description ?? string.Empty);

    internal static string GetName(Argument argument) => (argument.HelpName ?? argument.Name).ToUpperInvariant();

    internal static bool HasValue(Option option) => option.ValueType != typeof(bool) && option is not (HelpOption or VersionOption);

    private static string GetName(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return HasValue(option) ? $"{names} {option.HelpName}" : names;
    }

    private IEnumerable<string> Section(string title, IEnumerable<(string Name, string Description)> entries)
    {
        var all = entries.ToList();
        if (all.Count == 0)
            return [];
        var column = all.Select(entry => entry.Name.Length).Where(length => length <= LongestName).DefaultIfEmpty(0).Max() + (2 * Indent);
        return all.SelectMany(entry => Entry(entry.Name, entry.Description, column)).Prepend(title).Append(string.Empty);
    }

    private IEnumerable<string> Entry(string name, string description, int column)
    {
        var start = new string(' ', Indent) + name;
        if (width < WideEnoughForColumns)
            return Wrap(description, 3 * Indent).Prepend(start);
        var lines = Wrap(description, column).ToList();
        return start.Length + Indent > column || lines.Count == 0
            ? lines.Prepend(start)
            : lines.Skip(1).Prepend(start.PadRight(column) + lines[0].TrimStart());
    }

    /// <summary>
    /// Formats an example. Its comment moves to the line above if it does not fit. The command itself is never broken, so that it can be
    /// copied.
    /// </summary>
    private IEnumerable<string> Example(string example)
    {
        var remark = example.IndexOf("  #", StringComparison.Ordinal);
        if (example.Length + Indent <= width || remark < 0)
            return [new string(' ', Indent) + example];
        return [.. Wrap(example[remark..].Trim(), Indent), new string(' ', Indent) + example[..remark].TrimEnd()];
    }
}

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">The name.</param>
/// <param name="description">The description.</param>
/// <param name="examples">Command lines, each followed by '#' and a comment if necessary.</param>
internal sealed class DocumentedCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>The groups of options, in the order of the help. Options without a group come last.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Groups { get; init; } = [];
}
