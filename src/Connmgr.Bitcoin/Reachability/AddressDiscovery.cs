using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps the addresses of interfaces and listeners in the table of external addresses: those of interfaces while a listener accepts on all
/// addresses, as in Bitcoin Core's -discover.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="getListeners">Gets the present local addresses of the listeners.</param>
/// <param name="networks">The networks that are announced.</param>
internal sealed class AddressDiscovery(ExternalAddresses table, Func<ImmutableArray<IPEndPoint>> getListeners, AddressNetworks networks)
{
    private int _updates; // The updates of listeners that were asked for and are not done.

    /// <summary>
    /// Replaces the addresses of the listeners. Those of interfaces follow with <see cref="Update"/>. A call while another is at work leaves the
    /// update to that one, which reads the listeners again: the last reading is the one that is kept.
    /// </summary>
    public void UpdateListeners()
    {
        if (Interlocked.Increment(ref _updates) > 1)
            return;
        int seen;
        do
        {
            seen = Volatile.Read(ref _updates);
            table.Set(ExternalAddressOrigin.Listener, [.. FindListeners(getListeners(), networks)]);
        }
        while (Interlocked.Add(ref _updates, -seen) > 0);
    }

    /// <summary>Replaces the addresses of interfaces.</summary>
    /// <param name="local">The state of this machine.</param>
    public void Update(LocalNetwork local) => table.Set(ExternalAddressOrigin.Interface, [.. FindInterfaces(getListeners(), local.Addresses, networks)]);

    /// <summary>Finds the listeners at one address that others can reach.</summary>
    public static IEnumerable<NetworkEndPoint> FindListeners(IEnumerable<IPEndPoint> listeners, AddressNetworks networks) =>
        listeners.Select(local => Normalize(NetworkAddress.FromIPAddress(local.Address), local.Port, networks))
            .Where(own => IsAnnounced(own.Address, networks))
            .Distinct();

    /// <summary>Finds the addresses of interfaces on which a listener accepts.</summary>
    public static IEnumerable<NetworkEndPoint> FindInterfaces(
        IReadOnlyCollection<IPEndPoint> listeners, IEnumerable<NetworkAddress> interfaces, AddressNetworks networks) =>
        from address in interfaces
        from listener in listeners
        where listener.Address.Equals(address.Network == AddressNetwork.IPv4 ? IPAddress.Any : IPAddress.IPv6Any)
        let own = Normalize(address, listener.Port, networks)
        where IsAnnounced(own.Address, networks)
        group own by own.Address into ports
        select ports.First(); // The port of the first listener.

    private static NetworkEndPoint Normalize(NetworkAddress address, int port, AddressNetworks networks) =>
        new((networks & AddressNetworks.Cjdns) != AddressNetworks.None ? address.ToCjdns() : address, (ushort)port);

    private static bool IsAnnounced(in NetworkAddress address, AddressNetworks networks) =>
        address.IsRoutable && (networks & address.Network.ToSet()) != AddressNetworks.None;
}
