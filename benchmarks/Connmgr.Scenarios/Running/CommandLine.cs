using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>The purpose of a process of this program.</summary>
internal enum Command
{
    /// <summary>Run scenarios, each in a separate process, and print their figures.</summary>
    Run,

    /// <summary>Print the names of the scenarios.</summary>
    List,

    /// <summary>Measure one scenario. Started by this program itself.</summary>
    Measure,

    /// <summary>Be the other end of measured connections. Started by this program itself, and by fill-against-bitcoind.sh for its stub peers.</summary>
    Role,
}

/// <summary>The command line, parsed.</summary>
internal sealed record CommandLine(Command Command)
{
    public const string Usage = """
        usage: Connmgr.Scenarios [--list] [--only PATTERN[,PATTERN]...] [--runs N]
          --list          list the scenarios instead of running them
          --only PATTERN  run those whose name contains PATTERN; with * and ? in it, those whose whole name matches
          --runs N        measure each scenario N times, from 1; each has its own default
        """;

    /// <summary>The pattern of the scenarios to run; null for all.</summary>
    public string? Pattern { get; private init; }

    public int? Runs { get; private init; }

    /// <summary>The scenario to measure, or the role.</summary>
    public string Name { get; private init; } = "";

    public int FirstRun { get; private init; } = 1;

    public IReadOnlyList<string> RoleArguments { get; private init; } = [];

    /// <summary>Gets the arguments with which this program measures some runs of a scenario.</summary>
    public static string[] ToMeasure(string name, int firstRun, int runs) =>
        ["--measure", name, "--first", firstRun.ToString(CultureInfo.InvariantCulture), "--runs", runs.ToString(CultureInfo.InvariantCulture)];

    public static bool TryParse(IReadOnlyList<string> arguments, [NotNullWhen(true)] out CommandLine? commandLine, out string? error)
    {
        commandLine = new CommandLine(Command.Run);
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--list":
                    commandLine = commandLine with { Command = Command.List };
                    continue;
                case "--role" when value is not null:
                    commandLine = commandLine with { Command = Command.Role, Name = value, RoleArguments = [.. arguments.Skip(i + 2)] };
                    error = null;
                    return true;
                case "--only" when value is not null:
                    commandLine = commandLine with { Pattern = value };
                    break;
                case "--measure" when value is not null:
                    commandLine = commandLine with { Command = Command.Measure, Name = value };
                    break;
                case "--runs" when TryParseCount(value, out var runs):
                    commandLine = commandLine with { Runs = runs };
                    break;
                case "--first" when TryParseCount(value, out var first):
                    commandLine = commandLine with { FirstRun = first };
                    break;
                default:
                    error = $"'{arguments[i]}'{(value is null ? "" : $" with '{value}'")} is not understood.";
                    return false;
            }

            i++; // Its value.
        }

        error = null;
        return true;
    }

    private static bool TryParseCount(string? text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
