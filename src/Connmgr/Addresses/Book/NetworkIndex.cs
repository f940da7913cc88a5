namespace Connmgr;

/// <summary>Numbers the networks that a peer can be of from 0, in the order of the bits of <see cref="AddressNetworks"/>.</summary>
internal static class NetworkIndex
{
    public const int Count = 5;

    /// <summary>The number of a network; -1 for one that no peer can be of.</summary>
    public static int Of(AddressNetwork network) => network switch
    {
        AddressNetwork.IPv4 => 0,
        AddressNetwork.IPv6 => 1,
        AddressNetwork.TorV3 => 2,
        AddressNetwork.I2P => 3,
        AddressNetwork.Cjdns => 4,
        _ => -1,
    };

    public static bool Has(this AddressNetworks networks, int index) => (((int)networks >> index) & 1) != 0;
}
