namespace Connmgr.Tool;

/// <summary>The commands of the control protocol for bans.</summary>
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

/// <summary>A ban. The property names are those of the JSON.</summary>
/// <param name="Address">The target: a subnet, an address of Tor or I2P, or an autonomous system.</param>
/// <param name="Cause"><c>manual</c>, <c>misbehavior</c> or <c>unspecified</c>.</param>
/// <param name="Comment">The reason; null for none.</param>
/// <param name="Created">The time at which it was made.</param>
/// <param name="Until">The time at which it ends.</param>
internal sealed record BanItem(string Address, string Cause, string? Comment, string Created, string Until)
{
    public static BanItem From(Ban ban) => new(
        ban.Target.ToString(),
        ban.Cause switch { BanCause.Manual => "manual", BanCause.Misbehavior => "misbehavior", _ => "unspecified" },
        ban.Comment is { } comment ? SafeText.Line(comment) : null,
        EventJson.Time(ban.Created),
        EventJson.Time(ban.Until));
}

/// <summary>The arguments of <c>bans.add</c>.</summary>
/// <param name="Address">The target.</param>
/// <param name="Seconds">The duration; null to use <paramref name="Until"/>, or 24 h.</param>
/// <param name="Until">The end, in seconds since 1970; null to use <paramref name="Seconds"/>.</param>
/// <param name="Comment">The reason; null for none.</param>
internal sealed record BanArguments(string Address, long? Seconds = null, long? Until = null, string? Comment = null);

/// <summary>A ban that was added. The property names are those of the JSON.</summary>
/// <param name="Outcome"><c>added</c>, or <c>prolonged</c> when it replaces a shorter one.</param>
/// <param name="Ban">The ban.</param>
internal sealed record BanAddItem(string Outcome, BanItem Ban);

/// <summary>The arguments of <c>bans.remove</c>.</summary>
/// <param name="Address">The target.</param>
internal sealed record UnbanArguments(string Address);

/// <summary>The number of bans that were removed. The property name is that of the JSON.</summary>
/// <param name="Removed">The number.</param>
internal sealed record BanCountItem(int Removed);

/// <summary>The arguments of <c>bans.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Seconds">The duration of bans for which the file has none; null for 24 h.</param>
internal sealed record BanImportArguments(string File, long? Seconds = null);

/// <summary>The result of an import of bans. The property names are those of the JSON.</summary>
internal sealed record BanImportItem
{
    /// <summary>The full path of the file.</summary>
    public required string File { get; init; }

    /// <summary>The number of bans in the file that have not ended.</summary>
    public required int Read { get; init; }

    /// <summary>The number of bans that were added, including those that replace shorter ones.</summary>
    public required int Added { get; init; }

    /// <summary>The number of bans whose target is already banned for as long or longer.</summary>
    public required int Known { get; init; }

    /// <summary>The number of bans for which the list has no room.</summary>
    public required int Refused { get; init; }

    /// <summary>The number of entries of the file that are not bans.</summary>
    public required int Invalid { get; init; }

    /// <summary>The faults of the first of these entries.</summary>
    public required IReadOnlyList<string> InvalidReasons { get; init; }

    /// <summary>The number of bans after the import.</summary>
    public required int Total { get; init; }
}

/// <summary>The arguments of <c>bans.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record BanFileArguments(string File);

/// <summary>The result of an export of bans. The property names are those of the JSON.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Written">The number of bans.</param>
internal sealed record BanExportItem(string File, int Written);
