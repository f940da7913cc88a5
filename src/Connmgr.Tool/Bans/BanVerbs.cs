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
