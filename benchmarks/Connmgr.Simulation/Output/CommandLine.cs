using System.Globalization;

namespace Connmgr.Simulation;

/// <summary>The options of the program.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        Usage: Connmgr.Simulation [--runs N] [--seed S] [--world small|large] [--only odds|variants|seeds|fill] [--out DIR]

        Writes tables (.md) and plots (.svg) into DIR. The same arguments always give the same files.
          --runs N    runs of each row (20)
          --seed S    the seed of the first run; each further run takes the next one (1)
          --world W   small: 10,000 addresses; large: 100,000 (small)
          --only E    one of the experiments (all)
          --out DIR   the folder for the files (artifacts/simulation)
        """;

    public int Runs { get; private init; } = 20;

    public int Seed { get; private init; } = 1;

    public WorldOptions World { get; private init; } = WorldOptions.Small;

    public string? Only { get; private init; }

    public string Folder { get; private init; } = Path.Combine("artifacts", "simulation");

    /// <summary>Reads arguments.</summary>
    /// <returns>Null when they are not valid.</returns>
    public static CommandLine? TryParse(IReadOnlyList<string> args)
    {
        var options = new CommandLine();
        for (var i = 0; i < args.Count; i += 2)
        {
            var next = i + 1 < args.Count ? options.TrySet(args[i], args[i + 1]) : null;
            if (next is null)
                return null;
            options = next;
        }

        return options;
    }

    public bool Wants(string experiment) => Only is null || string.Equals(Only, experiment, StringComparison.Ordinal);

    private CommandLine? TrySet(string name, string value) => (name, value) switch
    {
        ("--runs", _) when TryParse(value, 1, out var runs) => this with { Runs = runs },
        ("--seed", _) when TryParse(value, 0, out var seed) => this with { Seed = seed },
        ("--world", "small") => this with { World = WorldOptions.Small },
        ("--world", "large") => this with { World = WorldOptions.Large },
        ("--only", "odds" or "variants" or "seeds" or "fill") => this with { Only = value },
        ("--out", { Length: > 0 }) => this with { Folder = value },
        _ => null,
    };

    private static bool TryParse(string text, int least, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= 1_000_000;
}
