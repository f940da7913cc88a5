using System.Collections;
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Connmgr.Tool;

namespace Connmgr.Docs.Tests.Reference;

/// <summary>The page docs/reference/options.md, made from the options and their documentation in the code.</summary>
internal static partial class OptionsReference
{
    public const string Path = "docs/reference/options.md";

    private static readonly Assembly[] Libraries = [typeof(ConnectionManager).Assembly, typeof(PeerNetwork).Assembly, typeof(SandboxNetwork).Assembly];

    /// <summary>Types that are part of others, without "Options" in their name.</summary>
    private static readonly Type[] Parts = [typeof(InboundLimits), typeof(SeedingTimetable), typeof(PeerNetworkProxies), typeof(PeerPolicies)];

    /// <summary>The types with options, by assembly and name.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        .. Libraries.SelectMany(library => library.GetExportedTypes()
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) || Parts.Contains(type))
            .OrderBy(type => type.Name, StringComparer.Ordinal)),
    ];

    /// <summary>The page.</summary>
    public static string Build()
    {
        var lines = new List<string>
        {
            "# Options",
            string.Empty,
            "Every option of the libraries, of `connmgr run` and of `connmgr crawl`, with its default. Generated from the code by `eng/update-docs.sh`; do not edit.",
            "The [guides](../README.md) explain the defaults and their combinations.",
            string.Empty,
            "The object that takes options checks them when it is created. An error names the option, its value and the remedy.",
        };
        foreach (var library in Types.GroupBy(type => type.Assembly))
        {
            lines.AddRange([string.Empty, $"## {library.Key.GetName().Name}"]);
            var documentation = Documentation.Of(library.Key);
            foreach (var type in library)
                AddType(lines, type, documentation);
        }

        var silent = new ToolEnvironment { Out = TextWriter.Null, Error = TextWriter.Null };
        AddCommand(lines, new RunCommand(silent).Build(), "see [connmgr run as a service](../guides/daemon.md)");
        AddCommand(lines, new CrawlCommand(silent).Build(), "see [Crawl a network](../guides/crawl.md#a-configuration-file)");
        return string.Join('\n', lines) + "\n";
    }

    private static void AddType(List<string> lines, Type type, Documentation documentation)
    {
        lines.AddRange([string.Empty, $"### {type.Name}", string.Empty, documentation.GetSummary(type), string.Empty]);
        lines.AddRange(["| Option | Type | Default | Meaning |", "| --- | --- | --- | --- |"]);
        var defaults = Activator.CreateInstance(type);
        lines.AddRange(type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true })
            .Select(property => Row(
                $"`{property.Name}`", $"`{TypeName.Of(property.PropertyType)}`", DefaultText(property.GetValue(defaults)), documentation.GetSummary(property))));
    }

    private static void AddCommand(List<string> lines, Command command, string more)
    {
        lines.AddRange([string.Empty, $"## connmgr {command.Name}", string.Empty]);
        lines.AddRange([$"The same names, without the dashes, are the keys of the configuration file: {more}.", string.Empty]);
        lines.AddRange(["| Option | Meaning |", "| --- | --- |"]);
        lines.AddRange(command.Options.Where(option => !option.Hidden).Select(option => Row(
            $"`{option.Name}{(option.HelpName is { } value ? $" {value}" : string.Empty)}`", option.Description ?? string.Empty)));
    }

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells.Select(Cell))} |";

    private static string Cell(string text) => Spaces().Replace(text, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string DefaultText(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        string text => $"`{text}`",
        TimeSpan time => DurationText(time),
        Enum choice => $"`{choice}`",
        IFormattable number when value.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
        Delegate => "built in",
        IEnumerable items => items.Cast<object?>().Any() ? "built in" : "none",
        DurationRange range => range.Min == range.Max ? DurationText(range.Min) : $"{DurationText(range.Min)} to {DurationText(range.Max)}",
        TimeProvider => "the system's clock",
        IPAddress address => $"`{address}`",
        _ when Types.Contains(value.GetType()) => $"[its defaults](#{value.GetType().Name.ToLowerInvariant()})",
        _ => "built in",
    };

    private static string DurationText(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0",
        { TotalDays: >= 2 } when time.Ticks % TimeSpan.TicksPerDay == 0 => $"{time.TotalDays:0} days",
        { TotalHours: >= 1 } when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{time.TotalHours:0} h",
        { TotalMinutes: >= 2 } when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{time.TotalMinutes:0} min",
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###} ms"),
    };

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
