using System.Globalization;

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

    private static AddressNetworks ToNetwork(string name) => AddressNetworkTable.Parse(name) is not AddressNetworks.None and var network
        ? network
        : throw new ToolException($"there is no network '{SafeText.Line(name)}': use {string.Join(", ", AddressNetworkTable.All.Select(known => known.Word))}.");

    private AddressTables ToTables() => Table switch
    {
        null => AddressTables.Both,
        "new" => AddressTables.New,
        "tried" => AddressTables.Tried,
        _ => throw new ToolException($"there is no table '{SafeText.Line(Table)}': use new or tried."),
    };
}

/// <summary>An address of a book in a list. The names are those of the JSON.</summary>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Network"><c>ipv4</c>, <c>ipv6</c>, <c>onion</c>, <c>i2p</c> or <c>cjdns</c>.</param>
/// <param name="Table"><c>new</c>: only heard of; <c>tried</c>: a peer was met there.</param>
/// <param name="Services">The service bits that it is said to offer, 16 hexadecimal digits.</param>
/// <param name="LastSeen">When a peer was last known to be there.</param>
/// <param name="LastSuccess">When one was last met there; null for never.</param>
/// <param name="LastAttempt">The last attempt of this run; null for none.</param>
/// <param name="FailedAttempts">Failed attempts since the last success.</param>
/// <param name="Source">Who told of it first.</param>
internal sealed record AddressItem(
    string Address,
    string Network,
    string Table,
    string Services,
    string LastSeen,
    string? LastSuccess,
    string? LastAttempt,
    int FailedAttempts,
    string Source)
{
    public static AddressItem Of(AddressEntry entry) => new(
        entry.EndPoint.ToString(),
        entry.EndPoint.Address.Network.ToWord(),
        entry.IsTried ? "tried" : "new",
        entry.Address.Services.ToString("x16", CultureInfo.InvariantCulture),
        EventJson.Time(entry.Address.LastSeen),
        entry.LastSuccess is { } success ? EventJson.Time(success) : null,
        entry.LastAttempt is { } attempt ? EventJson.Time(attempt) : null,
        entry.FailedAttempts,
        entry.Source.ToString());
}

/// <summary>How many addresses a book has. The names are those of the JSON.</summary>
/// <param name="Network">The name of a network, or <c>all</c>.</param>
/// <param name="New">Those only heard of.</param>
/// <param name="Tried">Those where a peer was met.</param>
/// <param name="Total">Both.</param>
internal sealed record AddressCount(string Network, int New, int Tried, int Total);

/// <summary>The arguments of <c>addresses.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record ImportArguments(string File);

/// <summary>What became of the addresses of a file. The names are those of the JSON.</summary>
internal sealed record ImportItem
{
    /// <summary>The full path.</summary>
    public required string File { get; init; }

    /// <summary><c>peers.dat</c> or <c>text</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The addresses in it.</summary>
    public required int Read { get; init; }

    /// <summary>Those that the book has now and had not before.</summary>
    public required int Added { get; init; }

    /// <summary>Those that it had, and has.</summary>
    public required int Known { get; init; }

    /// <summary>Those that it does not have: not publicly routable, or others hold their places.</summary>
    public required int Refused { get; init; }

    /// <summary>Those that are in the tried tables of the file and of the book.</summary>
    public required int Tried { get; init; }

    /// <summary>Lines that are no address.</summary>
    public required int Invalid { get; init; }

    /// <summary>The numbers of the first of them.</summary>
    public required IReadOnlyList<int> InvalidLines { get; init; }

    /// <summary>The addresses of the book afterwards.</summary>
    public required int Total { get; init; }
}

/// <summary>The arguments of <c>addresses.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Filter">Which addresses, in a text; null for all.</param>
internal sealed record ExportArguments(string File, string Format, AddressFilter? Filter = null);

/// <summary>What was written. The names are those of the JSON.</summary>
/// <param name="File">The full path.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Written">How many addresses.</param>
internal sealed record ExportItem(string File, string Format, int Written);
