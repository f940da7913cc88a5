using System.Globalization;

namespace Connmgr.Tool;

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
        AddressNetworkName.Of(entry.EndPoint.Address.Network),
        entry.IsTried ? "tried" : "new",
        entry.Address.Services.ToString("x16", CultureInfo.InvariantCulture),
        EventJson.Time(entry.Address.LastSeen),
        entry.LastSuccess is { } success ? EventJson.Time(success) : null,
        entry.LastAttempt is { } attempt ? EventJson.Time(attempt) : null,
        entry.FailedAttempts,
        entry.Source.ToString());
}
