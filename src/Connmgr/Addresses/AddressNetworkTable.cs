using System.Collections.Immutable;

namespace Connmgr;

/// <summary>A network on which peers can be, with its set and its word.</summary>
/// <param name="Network">The network.</param>
/// <param name="Set">The set that contains only this network.</param>
/// <param name="Word">The name in settings, on command lines, in JSON and in metric tags. The same as in Bitcoin Core.</param>
internal readonly record struct AddressNetworkInfo(AddressNetwork Network, AddressNetworks Set, string Word);

/// <summary>
/// Maps the networks on which peers can be to sets, words and indexes. An index is the number of the network's bit in
/// <see cref="AddressNetworks"/>.
/// </summary>
internal static class AddressNetworkTable
{
    /// <summary>The number of networks.</summary>
    public const int Count = 5;

    /// <summary>The word for anything that is not in the table.</summary>
    public const string Other = "other";

    /// <summary>The networks, each at its index.</summary>
    public static readonly ImmutableArray<AddressNetworkInfo> All =
    [
        new(AddressNetwork.IPv4, AddressNetworks.IPv4, "ipv4"),
        new(AddressNetwork.IPv6, AddressNetworks.IPv6, "ipv6"),
        new(AddressNetwork.TorV3, AddressNetworks.TorV3, "onion"),
        new(AddressNetwork.I2P, AddressNetworks.I2P, "i2p"),
        new(AddressNetwork.Cjdns, AddressNetworks.Cjdns, "cjdns"),
    ];

    /// <summary>Finds the index of a network.</summary>
    /// <returns>The index; -1 for a network on which no peer can be.</returns>
    public static int IndexOf(AddressNetwork network)
    {
        var index = Count - 1;
        while (index >= 0 && All[index].Network != network)
            index--;
        return index;
    }

    /// <summary>Converts a network to the set that contains only this network.</summary>
    /// <returns>The set; empty for a network on which no peer can be.</returns>
    public static AddressNetworks ToSet(this AddressNetwork network) =>
        IndexOf(network) is >= 0 and var index ? All[index].Set : AddressNetworks.None;

    /// <summary>Converts a network to its word.</summary>
    /// <returns>The word; <see cref="Other"/> for a network on which no peer can be.</returns>
    public static string ToWord(this AddressNetwork network) => IndexOf(network) is >= 0 and var index ? All[index].Word : Other;

    /// <summary>Finds the network that a word names.</summary>
    /// <returns>The set of that network; empty if the word names none.</returns>
    public static AddressNetworks Parse(string word, StringComparison comparison = StringComparison.Ordinal)
    {
        foreach (var info in All)
        {
            if (string.Equals(info.Word, word, comparison))
                return info.Set;
        }

        return AddressNetworks.None;
    }

    /// <summary>Determines whether a set contains the network with an index.</summary>
    public static bool Has(this AddressNetworks networks, int index) => (((int)networks >> index) & 1) != 0;
}
