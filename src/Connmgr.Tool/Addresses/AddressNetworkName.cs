namespace Connmgr.Tool;

/// <summary>The networks that an address can be of, as they are written on a command line and in JSON: Bitcoin Core's names.</summary>
internal static class AddressNetworkName
{
    /// <summary>Every network with its name.</summary>
    public static IReadOnlyList<(string Name, AddressNetwork Network, AddressNetworks Set)> All { get; } =
    [
        ("ipv4", AddressNetwork.IPv4, AddressNetworks.IPv4),
        ("ipv6", AddressNetwork.IPv6, AddressNetworks.IPv6),
        ("onion", AddressNetwork.TorV3, AddressNetworks.TorV3),
        ("i2p", AddressNetwork.I2P, AddressNetworks.I2P),
        ("cjdns", AddressNetwork.Cjdns, AddressNetworks.Cjdns),
    ];

    /// <summary>The name of a network.</summary>
    public static string Of(AddressNetwork network) => All.FirstOrDefault(known => known.Network == network).Name ?? "other";

    /// <summary>The network of a name.</summary>
    /// <returns>None when there is none.</returns>
    public static AddressNetworks Parse(string name) =>
        All.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.Ordinal)).Set;
}
