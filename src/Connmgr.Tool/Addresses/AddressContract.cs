using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The commands of the control protocol for the address book.</summary>
internal static class AddressVerbs
{
    public static ControlVerb<AddressFilter, AddressItem> List { get; } =
        new("addresses.list", ControlJson.Default.AddressFilter, ControlJson.Default.AddressItem);

    public static ControlVerb<NoArguments, AddressCount> Stats { get; } =
        new("addresses.stats", ControlJson.Default.NoArguments, ControlJson.Default.AddressCount);

    /// <summary>The command that lists the addresses in quarantine.</summary>
    public static ControlVerb<NoArguments, QuarantineItem> Quarantine { get; } =
        new("addresses.quarantine", ControlJson.Default.NoArguments, ControlJson.Default.QuarantineItem);

    /// <summary>The command that releases addresses from quarantine, and returns them.</summary>
    public static ControlVerb<ReleaseArguments, QuarantineItem> Release { get; } =
        new("addresses.release", ControlJson.Default.ReleaseArguments, ControlJson.Default.QuarantineItem);

    public static ControlVerb<ImportArguments, ImportItem> Import { get; } =
        new("addresses.import", ControlJson.Default.ImportArguments, ControlJson.Default.ImportItem);

    public static ControlVerb<ExportArguments, ExportItem> Export { get; } =
        new("addresses.export", ControlJson.Default.ExportArguments, ControlJson.Default.ExportItem);
}

/// <summary>Selects addresses of a book.</summary>
/// <param name="Networks">The names of networks; null or empty for all.</param>
/// <param name="Table"><c>new</c> or <c>tried</c>; null for both.</param>
internal sealed record AddressFilter(string[]? Networks = null, string? Table = null)
{
    /// <summary>Gets the selected addresses of a book: the tried ones first, then the most recently seen.</summary>
    /// <exception cref="ToolException">There is no such network or table.</exception>
    public IEnumerable<AddressEntry> Apply(AddressBook book) => book.GetEntries(ToNetworks(), ToTables())
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

/// <summary>An address of a book in a list. The property names are those of the JSON.</summary>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Network"><c>ipv4</c>, <c>ipv6</c>, <c>onion</c>, <c>i2p</c> or <c>cjdns</c>.</param>
/// <param name="Table"><c>new</c>: never connected to; <c>tried</c>: connected to before.</param>
/// <param name="Services">The service bits that the peer is known to offer, as 16 hexadecimal digits.</param>
/// <param name="LastSeen">The time at which a peer was last known to be there.</param>
/// <param name="LastSuccess">The time of the last connection; null for none.</param>
/// <param name="LastAttempt">The time of the last attempt in this run; null for none.</param>
/// <param name="FailedAttempts">The number of failed attempts since the last success.</param>
/// <param name="Source">The first peer or seed that sent the address.</param>
/// <param name="RestsUntil">The end of its rest in quarantine; null when it does not rest.</param>
internal sealed record AddressItem(
    string Address,
    string Network,
    string Table,
    string Services,
    string LastSeen,
    string? LastSuccess,
    string? LastAttempt,
    int FailedAttempts,
    string Source,
    string? RestsUntil)
{
    /// <param name="entry">The address.</param>
    /// <param name="restsUntil">The end of its rest in quarantine; null when it does not rest.</param>
    public static AddressItem From(AddressEntry entry, DateTimeOffset? restsUntil) => new(
        entry.EndPoint.ToString(),
        entry.EndPoint.Address.Network.ToWord(),
        entry.IsTried ? "tried" : "new",
        entry.Address.Services.ToString("x16", CultureInfo.InvariantCulture),
        EventJson.Time(entry.Address.LastSeen),
        entry.LastSuccess is { } success ? EventJson.Time(success) : null,
        entry.LastAttempt is { } attempt ? EventJson.Time(attempt) : null,
        entry.FailedAttempts,
        entry.Source.ToString(),
        restsUntil is { } until ? EventJson.Time(until) : null);
}

/// <summary>The numbers of addresses in a book. The property names are those of the JSON.</summary>
/// <param name="Network">The name of a network, or <c>all</c>.</param>
/// <param name="New">The number of addresses that were never connected to.</param>
/// <param name="Tried">The number of addresses that were connected to before.</param>
/// <param name="Total">The sum of both.</param>
/// <param name="Quarantined">The number of addresses that rest in quarantine. Some of them may not be in the book any more.</param>
internal sealed record AddressCount(string Network, int New, int Tried, int Total, int Quarantined);

/// <summary>An address in quarantine. The property names are those of the JSON.</summary>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Network">Its network, as in the list of addresses.</param>
/// <param name="Times">The number of times in a row that its peer gave cause.</param>
/// <param name="RestsUntil">The end of its rest.</param>
internal sealed record QuarantineItem(string Address, string Network, int Times, string RestsUntil)
{
    public static QuarantineItem From(QuarantineEntry entry) => new(
        entry.EndPoint.ToString(), entry.EndPoint.Address.Network.ToWord(), entry.Times, EventJson.Time(entry.RestsUntil));
}

/// <summary>The arguments of <c>addresses.release</c>.</summary>
/// <param name="Address">HOST:PORT, HOST for every port there, or <c>all</c>.</param>
internal sealed record ReleaseArguments(string Address)
{
    /// <summary>The word for all addresses.</summary>
    public const string All = "all";

    /// <summary>Creates a function that selects addresses.</summary>
    /// <returns>The function; null when the text is neither an address nor <c>all</c>.</returns>
    public Predicate<NetworkEndPoint>? Parse()
    {
        if (Address is All)
            return static _ => true;
        var host = Address.StartsWith('[') && Address.EndsWith(']') ? Address[1..^1] : Address;
        if (NetworkAddress.TryParse(host, out var address))
            return endPoint => endPoint.Address == address.ToCjdns();
        return AddressLine.TryParse(Address, defaultPort: 0, out var wanted) ? endPoint => endPoint == wanted : null;
    }
}

/// <summary>The arguments of <c>addresses.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record ImportArguments(string File);

/// <summary>The result of an import of addresses. The property names are those of the JSON.</summary>
internal sealed record ImportItem
{
    /// <summary>The full path of the file.</summary>
    public required string File { get; init; }

    /// <summary><c>peers.dat</c> or <c>text</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The number of addresses in the file.</summary>
    public required int Read { get; init; }

    /// <summary>The number of addresses that are new in the book.</summary>
    public required int Added { get; init; }

    /// <summary>The number of addresses that the book already had.</summary>
    public required int Known { get; init; }

    /// <summary>The number of addresses that the book did not take: they are not publicly routable, or others occupy their places.</summary>
    public required int Refused { get; init; }

    /// <summary>The number of addresses that are in the tried tables of both the file and the book.</summary>
    public required int Tried { get; init; }

    /// <summary>The number of lines that are not addresses.</summary>
    public required int Invalid { get; init; }

    /// <summary>The numbers of the first of these lines.</summary>
    public required IReadOnlyList<int> InvalidLines { get; init; }

    /// <summary>The number of addresses in the book after the import.</summary>
    public required int Total { get; init; }
}

/// <summary>The arguments of <c>addresses.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Filter">The addresses to write to a text; null for all.</param>
internal sealed record ExportArguments(string File, string Format, AddressFilter? Filter = null);

/// <summary>The result of an export of addresses. The property names are those of the JSON.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Written">The number of addresses.</param>
internal sealed record ExportItem(string File, string Format, int Written);
