namespace Connmgr.Tool;

/// <summary>What can be asked of a run about its address book.</summary>
internal static class AddressVerbs
{
    public static ControlVerb<AddressFilter, AddressItem> List { get; } =
        new("addresses.list", ControlJson.Default.AddressFilter, ControlJson.Default.AddressItem);

    public static ControlVerb<NoArguments, AddressCount> Stats { get; } =
        new("addresses.stats", ControlJson.Default.NoArguments, ControlJson.Default.AddressCount);

    public static ControlVerb<ImportArguments, ImportItem> Import { get; } =
        new("addresses.import", ControlJson.Default.ImportArguments, ControlJson.Default.ImportItem);

    public static ControlVerb<ExportArguments, ExportItem> Export { get; } =
        new("addresses.export", ControlJson.Default.ExportArguments, ControlJson.Default.ExportItem);
}
