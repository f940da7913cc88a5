using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Decides which addresses a zone contains. Each name has a random selection of the good nodes that offer its services, of one netgroup at most as
/// long as there are others, and of so few that the answer fits into 512 bytes: Tor's exits and old resolvers ask for no more. Pure.
/// </summary>
internal static class ZoneRules
{
    /// <summary>The most A records of a name.</summary>
    public const int MaxIPv4 = 25;

    /// <summary>The most AAAA records of a name.</summary>
    public const int MaxIPv6 = 15;

    /// <summary>The number of blocks by which a node may be behind the median of all nodes.</summary>
    public const int MaxBlocksBehind = 100;

    private const NodeServices LimitedWitness = NodeServices.NetworkLimited | NodeServices.Witness;
    private const NodeServices FullWitness = NodeServices.Network | NodeServices.Witness;

    /// <summary>The services that have a name, those of bitcoin-seeder. The name is 'x' and their bits in hexadecimal.</summary>
    public static readonly ImmutableArray<NodeServices> Filters =
    [
        NodeServices.Network,
        NodeServices.Network | NodeServices.Bloom,
        FullWitness,
        FullWitness | NodeServices.Bloom,
        FullWitness | NodeServices.CompactFilters,
        FullWitness | NodeServices.P2PV2,
        FullWitness | NodeServices.P2PV2 | NodeServices.CompactFilters,
        NodeServices.NetworkLimited,
        NodeServices.NetworkLimited | NodeServices.Bloom,
        LimitedWitness,
        LimitedWitness | NodeServices.Bloom,
        LimitedWitness | NodeServices.CompactFilters,
        LimitedWitness | NodeServices.P2PV2,
        LimitedWitness | NodeServices.P2PV2 | NodeServices.CompactFilters,
    ];

    /// <summary>Selects the addresses of each name.</summary>
    /// <param name="good">The good nodes: IPv4 and IPv6, at the default port.</param>
    /// <param name="groups">The netgroups.</param>
    /// <param name="random">The source of chance.</param>
    /// <returns>The names that have addresses, that of the zone first.</returns>
    public static ImmutableArray<ZoneEntry> Select(IReadOnlyList<CrawledNode> good, INetgrouper groups, Random random)
    {
        var height = GetMedianHeight(good);
        var nodes = good.Where(node => node.Height >= Math.Max(height - MaxBlocksBehind, 0)).ToArray();
        return
        [
            .. Filters.Select(services => Select(GetLabel(services), services)).Prepend(Select(ZoneEntry.Apex, NodeServices.Network))
                .Where(static entry => !entry.IPv4.IsEmpty || !entry.IPv6.IsEmpty),
        ];

        ZoneEntry Select(string label, NodeServices services)
        {
            var offering = nodes.Where(node => node.Services.HasFlag(services)).Select(static node => node.EndPoint.Address).ToArray();
            random.Shuffle(offering);
            return new ZoneEntry(label, Take(AddressNetwork.IPv4, MaxIPv4), Take(AddressNetwork.IPv6, MaxIPv6));

            ImmutableArray<NetworkAddress> Take(AddressNetwork network, int count)
            {
                var seen = new HashSet<Netgroup>();
                var addresses = offering.Where(address => address.Network == network).ToLookup(address => seen.Add(groups.GetGroup(address)));
                return [.. addresses[true].Concat(addresses[false]).Take(count)];
            }
        }
    }

    /// <summary>Gets the label of services: 'x' and their bits in hexadecimal.</summary>
    public static string GetLabel(NodeServices services) => Invariant($"x{(ulong)services:x}");

    /// <summary>Gets the serial number of the next version of a zone: that of the time, and always higher than the last.</summary>
    /// <param name="last">The last serial number; 0 for none.</param>
    /// <param name="now">The time.</param>
    public static uint GetSerial(uint last, DateTimeOffset now) => Math.Max(unchecked((uint)now.ToUnixTimeSeconds()), last + 1);

    private static int GetMedianHeight(IReadOnlyList<CrawledNode> nodes)
    {
        var heights = nodes.Select(static node => node.Height).Where(static height => height >= 0).Order().ToArray();
        return heights.Length == 0 ? 0 : heights[heights.Length / 2];
    }
}

/// <summary>A name of a zone with its addresses.</summary>
/// <param name="Label">The first label; <see cref="Apex"/> for the name of the zone.</param>
/// <param name="IPv4">The addresses of A records.</param>
/// <param name="IPv6">The addresses of AAAA records.</param>
internal sealed record ZoneEntry(string Label, ImmutableArray<NetworkAddress> IPv4, ImmutableArray<NetworkAddress> IPv6)
{
    /// <summary>The label for the name of the zone.</summary>
    public const string Apex = "@";
}
