namespace Connmgr.Tool;

/// <summary>Which addresses of a book are meant.</summary>
/// <param name="Networks">Names of networks; null or none for all.</param>
/// <param name="Table"><c>new</c> or <c>tried</c>; null for both.</param>
internal sealed record AddressFilter(string[]? Networks = null, string? Table = null)
{
    /// <summary>Those of a book, the tried ones first, then those seen last.</summary>
    /// <exception cref="ToolException">There is no such network or table.</exception>
    public IEnumerable<AddressEntry> Of(AddressBook book) => book.GetEntries(ToNetworks(), ToTables())
        .OrderByDescending(entry => entry.IsTried)
        .ThenByDescending(entry => entry.Address.LastSeen)
        .ThenBy(entry => entry.EndPoint.ToString(), StringComparer.Ordinal);

    private AddressNetworks ToNetworks() => Networks is null or []
        ? AddressNetworks.All
        : Networks.Aggregate(AddressNetworks.None, (set, name) => set | ToNetwork(name));

    private static AddressNetworks ToNetwork(string name) => AddressNetworkName.Parse(name) is not AddressNetworks.None and var network
        ? network
        : throw new ToolException($"there is no network '{SafeText.Line(name)}': use {string.Join(", ", AddressNetworkName.All.Select(known => known.Name))}.");

    private AddressTables ToTables() => Table switch
    {
        null => AddressTables.Both,
        "new" => AddressTables.New,
        "tried" => AddressTables.Tried,
        _ => throw new ToolException($"there is no table '{SafeText.Line(Table)}': use new or tried."),
    };
}
