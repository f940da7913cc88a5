using System.Globalization;

namespace Connmgr.Fuzz;

/// <summary>The command line of the program.</summary>
internal sealed record FuzzOptions
{
    public IReadOnlyList<FuzzTarget> Targets { get; private init; } = [];

    public bool IsList { get; private init; }

    public bool IsAfl { get; private init; }

    /// <summary>The length of the inputs that show how the time grows, in bytes; null to fuzz.</summary>
    public int? Scale { get; private init; }

    public long Runs { get; private init; } = 100_000;

    public TimeSpan Time { get; private init; } = TimeSpan.MaxValue;

    public int Seed { get; private init; } = 1;

    public string? More { get; private init; }

    public string? Found { get; private init; }

    public string? Failures { get; private init; }

    public string? Minimize { get; private init; }

    public IReadOnlyList<string> Replay { get; private init; } = [];

    /// <exception cref="FormatException">There is an error in it.</exception>
    public static FuzzOptions Parse(IReadOnlyList<string> arguments)
    {
        var (options, targets) = (new FuzzOptions(), new List<FuzzTarget>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (!name.StartsWith('-'))
            {
                targets.Add(FuzzTargets.Find(name) ?? throw new FormatException($"There is no target '{name}': --list shows them."));
                continue;
            }

            if (name is "--replay")
            {
                options = options with { Replay = [.. arguments.Skip(i + 1)] };
                break;
            }

            options = name switch
            {
                "--list" => options with { IsList = true },
                "--afl" => options with { IsAfl = true },
                _ => options.With(name, ++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} takes a value, or is no option.")),
            };
        }

        options = options with { Targets = targets.Count > 0 ? targets : FuzzTargets.All };
        return (options.IsAfl || options.Replay.Count > 0) && options.Targets.Count != 1 ? throw new FormatException("Give one target with --afl and --replay.") : options;
    }

    private FuzzOptions With(string name, string value) => name switch
    {
        "--runs" => this with { Runs = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) },
        "--seconds" => this with { Time = TimeSpan.FromSeconds(double.Parse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)), Runs = long.MaxValue },
        "--scale" => this with { Scale = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) },
        "--seed" => this with { Seed = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) },
        "--more" => this with { More = value },
        "--found" => this with { Found = value },
        "--failures" => this with { Failures = value },
        "--minimize" => this with { Minimize = value },
        _ => throw new FormatException($"There is no option {name}."),
    };
}
