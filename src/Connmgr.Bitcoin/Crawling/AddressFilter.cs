namespace Connmgr.Bitcoin;

/// <summary>Selects the addresses that a crawl visits from those that nodes send. Pure.</summary>
internal sealed class AddressFilter(AddressNetworks networks, bool allowPrivate)
{
    /// <summary>Takes an address, as a CJDNS address if that network is crawled and has it.</summary>
    /// <returns>False if it is not to be visited.</returns>
    public bool TryTake(in PeerAddress given, out PeerAddress taken)
    {
        var address = given.EndPoint.Address;
        if ((networks & AddressNetworks.Cjdns) != AddressNetworks.None)
            address = address.ToCjdns();
        taken = new(new(address, given.EndPoint.Port), given.Services, given.LastSeen);
        return (networks & address.Network.ToSet()) != AddressNetworks.None
            && (allowPrivate ? address.IsValid : address.IsRoutable)
            && (given.EndPoint.Port == 0) == (address.Network == AddressNetwork.I2P);
    }
}
