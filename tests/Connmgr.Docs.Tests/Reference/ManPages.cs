using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Connmgr.Tool;

namespace Connmgr.Docs.Tests.Reference;

/// <summary>The man pages of the tool in packaging/man, made from its commands, options and examples: one of the program and one of each command.</summary>
internal static partial class ManPages
{
    public const string Folder = "packaging/man";

    private static readonly string Version = typeof(ToolApp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The pages, by the name of their file.</summary>
    public static IReadOnlyDictionary<string, string> Build()
    {
        var root = new ToolApp(new ToolEnvironment { Out = TextWriter.Null, Error = TextWriter.Null }).BuildRoot();
        return root.Subcommands.Where(command => !command.Hidden).Prepend<Command>(root).ToDictionary(
            command => $"{GetName(command)}.1",
            command => Page(command, [.. root.Subcommands.Where(sub => !sub.Hidden).Prepend<Command>(root).Where(other => other != command).Select(GetName)]),
            StringComparer.Ordinal);
    }

    private static string GetName(Command command) => command is RootCommand ? "connmgr" : $"connmgr-{command.Name}";

    private static string Page(Command command, string[] others)
    {
        var name = GetName(command);
        var description = command.Description!;
        List<string> lines =
        [
            @".\"" Generated from the help of connmgr by eng/update-docs.sh; do not edit.",
            $""".TH {Literal(name.ToUpperInvariant())} 1 "" "connmgr {Literal(Version)}" "connmgr" """.TrimEnd(),
            ".SH NAME",
            $@"{Literal(name)} \- {Text(char.ToLowerInvariant(description[0]) + description[1..].Split(". ")[0].TrimEnd('.'))}",
            ".SH SYNOPSIS",
            $".B {Literal(CommandHelp.Usage(command))}",
            ".SH DESCRIPTION",
            Text(description),
        ];
        if (command is RootCommand)
            AddEntries(lines, ".SH COMMANDS", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => ($@"\fB{Literal(GetName(sub))}\fR(1)", sub.Description!)));
        AddArguments(lines, ".SH ARGUMENTS", command);
        lines.Add(".SH OPTIONS");
        var groups = CommandHelp.Groups(command).ToArray();
        foreach (var (title, options) in groups)
            AddEntries(lines, groups.Length > 1 ? $".SS {Quoted(title)}" : string.Empty, options.Select(Entry));
        foreach (var sub in command is RootCommand ? [] : command.Subcommands.Where(sub => !sub.Hidden))
            AddSubcommand(lines, command, sub);
        AddExamples(lines, ".SH EXAMPLES", command);
        AddEntries(lines, ".SH EXIT STATUS", [("0", "Done."), ("1", "It failed. Standard error has the reason."), ("2", "The command line or the configuration is not valid.")]);
        lines.AddRange([".SH SEE ALSO", .. others.Select((other, index) => $".BR {Literal(other)} (1){(index < others.Length - 1 ? "," : string.Empty)}")]);
        return string.Join('\n', lines) + "\n";
    }

    private static void AddSubcommand(List<string> lines, Command parent, Command command)
    {
        lines.AddRange([$".SH {Quoted($"{parent.Name} {command.Name}".ToUpperInvariant())}", $".B {Literal(CommandHelp.Usage(command))}", ".PP", Text(command.Description!)]);
        AddArguments(lines, string.Empty, command);
        AddEntries(lines, string.Empty, command.Options.Where(option => !option.Hidden && option is not HelpOption).Select(Entry));
        AddExamples(lines, ".PP", command);
    }

    private static void AddArguments(List<string> lines, string head, Command command) => AddEntries(
        lines, head, command.Arguments.Where(argument => !argument.Hidden).Select(argument => ($@"\fI{Literal(CommandHelp.GetName(argument))}\fR", argument.Description!)));

    private static (string Name, string Description) Entry(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length).Select(name => $@"\fB{Literal(name)}\fR"));
        return (CommandHelp.HasValue(option) ? $@"{names} \fI{Literal(option.HelpName!)}\fR" : names, option.Description!);
    }

    private static void AddEntries(List<string> lines, string head, IEnumerable<(string Name, string Description)> entries)
    {
        var all = entries.ToArray();
        if (all.Length == 0)
            return;
        if (head.Length > 0)
            lines.Add(head);
        foreach (var (name, description) in all)
            lines.AddRange([".TP", name, Text(description)]);
    }

    private static void AddExamples(List<string> lines, string head, Command command)
    {
        var examples = command switch { DocumentedCommand documented => documented.Examples, RootCommand => CommandHelp.RootExamples, _ => [] };
        if (examples.Count == 0)
            return;
        lines.AddRange([head, ".EX"]);
        lines.AddRange(examples.Select(Literal));
        lines.Add(".EE");
    }

    private static string Quoted(string text) => $"\"{Text(text).Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";

    /// <summary>A sentence: its hyphens may be typographic, but for those of options.</summary>
    private static string Text(string text) => Protect(Options().Replace(Escape(text, hyphen: "-"), static option => option.Value.Replace("-", @"\-", StringComparison.Ordinal)));

    /// <summary>What is typed: its hyphens, tildes and quotes are those of ASCII.</summary>
    private static string Literal(string text) => Protect(Escape(text, hyphen: @"\-"));

    /// <summary>A line that begins with a dot or an apostrophe would be a request.</summary>
    private static string Protect(string text) => text.StartsWith('.') || text.StartsWith('\'') ? @"\&" + text : text;

    [GeneratedRegex("--[a-z][a-z-]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Options();

    private static string Escape(string text, string hyphen)
    {
        var escaped = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '\\' => @"\e",
                '-' => hyphen,
                '~' => @"\(ti",
                '^' => @"\(ha",
                '`' => @"\(ga",
                '\'' => @"\(aq",
                > 126 => $@"\[u{rune.Value:X4}]",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }
}
