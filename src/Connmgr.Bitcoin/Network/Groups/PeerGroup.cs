using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Connmgr.Bitcoin;

/// <summary>
/// A group of the automatic peers of a <see cref="PeerNetwork"/>: a number of peers, and what each of them must offer. Several groups
/// together describe a composition, such as 12 peers of which 5 serve compact filters. Immutable.
/// </summary>
/// <remarks>
/// The order of the groups counts: earlier groups are filled first. A peer belongs to one group at a time, and may move to another one of
/// the same <see cref="Relay"/> and <see cref="Gossip"/>, which are fixed before the version message is sent. Permanent peers and those of
/// <see cref="ConnectionManager.Connect"/> belong to none.
/// </remarks>
/// <param name="Name">
/// The name, unique among the groups, whatever its case: 1 to 32 letters (a to z), digits, dots, hyphens or underscores. It is a tag of
/// measurements.
/// </param>
/// <param name="Target">The number of peers to keep, from 0.</param>
public sealed record PeerGroup(string Name, int Target)
{
    /// <summary>The most groups of a network: 32.</summary>
    internal const int MaxCount = 32;

    /// <summary>The most different lowest versions of the groups of a network.</summary>
    internal const int MaxVersions = MaxCount - 1;

    /// <summary>The most characters of a name.</summary>
    internal const int MaxNameLength = 32;

    /// <summary>
    /// The services that its peers must offer, all of them, in addition to <see cref="BitcoinPeerOptions.RequiredServices"/>. Default none.
    /// </summary>
    public NodeServices Services { get; init; }

    /// <summary>The networks that its peers may be on. Default all that can be reached.</summary>
    public AddressNetworks Networks { get; init; } = AddressNetworks.All;

    /// <summary>
    /// True to ask its peers to announce transactions (BIP37), unless <see cref="BitcoinPeerOptions.Relay"/> is off. Default true.
    /// </summary>
    public bool Relay { get; init; } = true;

    /// <summary>
    /// True to exchange addresses with its peers. Otherwise none are asked for, accepted, sent or relayed, as on the block-relay-only
    /// connections of Bitcoin Core, so that an observer of addresses does not find these peers. Default true.
    /// </summary>
    public bool Gossip { get; init; } = true;

    /// <summary>
    /// The lowest protocol version of its peers. Default 0: <see cref="BitcoinPeerOptions.MinProtocolVersion"/>, which holds for all groups.
    /// </summary>
    public int MinimumVersion { get; init; }

    /// <summary>
    /// The least transport of its peers: <see cref="PeerTransport.V2"/> for connections that are encrypted (BIP324). Addresses are chosen by
    /// the service P2PV2. Default <see cref="PeerTransport.V1"/>: any.
    /// </summary>
    public PeerTransport MinimumTransport { get; init; }

    /// <summary>The services by which its addresses are chosen.</summary>
    internal NodeServices NeededServices => Services | (MinimumTransport == PeerTransport.V2 ? NodeServices.P2PV2 : NodeServices.None);

    /// <summary>The name of the connections that may move between its groups: see <see cref="PeerProfile"/>.</summary>
    internal PeerProfile Profile => new(Relay, Gossip);

    /// <summary>
    /// Creates the groups of a full node, those of Bitcoin Core: 8 peers of every kind, and 2 that relay blocks only, which makes it
    /// harder to find out to whom the node is connected.
    /// </summary>
    /// <returns>The groups full and block-relay.</returns>
    public static ImmutableArray<PeerGroup> FullNode() => [new("full", 8), new("block-relay", 2) { Relay = false, Gossip = false }];

    /// <summary>Creates the groups of a light wallet: some peers, of which some serve compact filters (BIP157).</summary>
    /// <param name="target">The number of all peers.</param>
    /// <param name="filters">The least number of those that serve compact filters.</param>
    /// <returns>The groups filters and plain, whose targets add up to <paramref name="target"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is below zero, or there are more with filters than of all.</exception>
    public static ImmutableArray<PeerGroup> LightWallet(int target = 12, int filters = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfNegative(filters);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filters, target);
        return [new("filters", filters) { Services = NodeServices.CompactFilters }, new("plain", target - filters)];
    }

    /// <summary>Creates a group of one peer for each of some networks. Add a group without requirements for the other peers.</summary>
    /// <param name="networks">The networks.</param>
    /// <returns>The groups, each with the name of its network: ipv4, ipv6, onion, i2p, cjdns.</returns>
    public static ImmutableArray<PeerGroup> OnePerNetwork(AddressNetworks networks) =>
    [
        .. AddressNetworkTable.All.Where(each => (networks & each.Set) != AddressNetworks.None)
            .Select(static each => new PeerGroup(each.Word, 1) { Networks = each.Set }),
    ];

    /// <summary>
    /// Reads a group from the form that command lines and configuration have: <c>NAME=TARGET</c>, followed by any of
    /// <c>,services=filters+network</c> (words, or bits such as 0x40), <c>,net=onion+i2p</c>, <c>,relay=off</c>, <c>,gossip=off</c>,
    /// <c>,version=70016</c> and <c>,transport=v2</c>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="group">The group; null when something is wrong with the text.</param>
    /// <param name="error">The error and the remedy, without a full stop; null for none.</param>
    /// <returns>True when the text is valid.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out PeerGroup? group, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PeerGroupText.TryParse(text, out group, out error);
    }

    /// <summary>Returns the group in the form that <see cref="TryParse"/> reads.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => PeerGroupText.Format(this);
}
