namespace Connmgr.Tool;

/// <summary>What can be asked of a run about its bans.</summary>
internal static class BanVerbs
{
    public static ControlVerb<NoArguments, BanItem> List { get; } =
        new("bans.list", ControlJson.Default.NoArguments, ControlJson.Default.BanItem);

    public static ControlVerb<BanArguments, BanAddItem> Add { get; } =
        new("bans.add", ControlJson.Default.BanArguments, ControlJson.Default.BanAddItem);

    public static ControlVerb<UnbanArguments, BanItem> Remove { get; } =
        new("bans.remove", ControlJson.Default.UnbanArguments, ControlJson.Default.BanItem);

    public static ControlVerb<NoArguments, BanCountItem> Clear { get; } =
        new("bans.clear", ControlJson.Default.NoArguments, ControlJson.Default.BanCountItem);

    public static ControlVerb<BanImportArguments, BanImportItem> Import { get; } =
        new("bans.import", ControlJson.Default.BanImportArguments, ControlJson.Default.BanImportItem);

    public static ControlVerb<BanFileArguments, BanExportItem> Export { get; } =
        new("bans.export", ControlJson.Default.BanFileArguments, ControlJson.Default.BanExportItem);
}

/// <summary>A ban. The names are those of the JSON.</summary>
/// <param name="Address">What is banned: a subnet, an address of Tor or I2P, or an autonomous system.</param>
/// <param name="Cause"><c>manual</c>, <c>misbehavior</c> or <c>unspecified</c>.</param>
/// <param name="Comment">Why; null when nothing is said.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Until">When it ends.</param>
internal sealed record BanItem(string Address, string Cause, string? Comment, string Created, string Until)
{
    public static BanItem Of(Ban ban) => new(
        ban.Target.ToString(),
        ban.Cause switch { BanCause.Manual => "manual", BanCause.Misbehavior => "misbehavior", _ => "unspecified" },
        ban.Comment is { } comment ? SafeText.Line(comment) : null,
        EventJson.Time(ban.Created),
        EventJson.Time(ban.Until));
}

/// <summary>The arguments of <c>bans.add</c>.</summary>
/// <param name="Address">What to ban.</param>
/// <param name="Seconds">How long; null for until <paramref name="Until"/>, or 24 h.</param>
/// <param name="Until">When it ends, in seconds since 1970; null for by <paramref name="Seconds"/>.</param>
/// <param name="Comment">Why; null for nothing.</param>
internal sealed record BanArguments(string Address, long? Seconds = null, long? Until = null, string? Comment = null);

/// <summary>A ban that was made. The names are those of the JSON.</summary>
/// <param name="Outcome"><c>added</c>, or <c>prolonged</c> when it takes the place of a shorter one.</param>
/// <param name="Ban">The ban.</param>
internal sealed record BanAddItem(string Outcome, BanItem Ban);

/// <summary>The arguments of <c>bans.remove</c>.</summary>
/// <param name="Address">What is banned.</param>
internal sealed record UnbanArguments(string Address);

/// <summary>How many bans were taken back. The name is that of the JSON.</summary>
/// <param name="Removed">The number.</param>
internal sealed record BanCountItem(int Removed);

/// <summary>The arguments of <c>bans.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Seconds">How long bans hold for which the file does not say; null for 24 h.</param>
internal sealed record BanImportArguments(string File, long? Seconds = null);

/// <summary>What became of the bans of a file. The names are those of the JSON.</summary>
internal sealed record BanImportItem
{
    /// <summary>The full path.</summary>
    public required string File { get; init; }

    /// <summary>The bans in it that have not ended.</summary>
    public required int Read { get; init; }

    /// <summary>Those that hold from now on, in place of shorter ones too.</summary>
    public required int Added { get; init; }

    /// <summary>Those whose target is banned as long or longer.</summary>
    public required int Known { get; init; }

    /// <summary>Those that found no place.</summary>
    public required int Refused { get; init; }

    /// <summary>Entries of the file that are no bans.</summary>
    public required int Invalid { get; init; }

    /// <summary>What is wrong with the first of them.</summary>
    public required IReadOnlyList<string> InvalidReasons { get; init; }

    /// <summary>The bans afterwards.</summary>
    public required int Total { get; init; }
}

/// <summary>The arguments of <c>bans.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record BanFileArguments(string File);

/// <summary>What was written. The names are those of the JSON.</summary>
/// <param name="File">The full path.</param>
/// <param name="Written">How many bans.</param>
internal sealed record BanExportItem(string File, int Written);
