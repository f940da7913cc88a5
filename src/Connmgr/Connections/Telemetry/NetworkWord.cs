using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The network that a connection counts for in measurements: those of <see cref="AddressNetworkTable"/>, in its order, and two more.
/// </summary>
internal enum NetworkWord : byte
{
    IPv4,
    IPv6,
    Onion,
    I2P,
    Cjdns,

    /// <summary>A host name, whose network is known only after each look-up.</summary>
    Name,

    /// <summary>Unknown, or an endpoint of a user-defined type.</summary>
    Other,
}

/// <summary>Determines the network of a link, and its word.</summary>
internal static class NetworkWords
{
    public const int Count = (int)NetworkWord.Other + 1;

    private static readonly string[] Words = [.. AddressNetworkTable.All.Select(static network => network.Word), "name", AddressNetworkTable.Other];

    public static string Text(NetworkWord word) => Words[(int)word];

    /// <summary>
    /// Gets the network of a link: of the dialled address, or of the one that an inbound peer comes from, an onion service and an I2P address included.
    /// </summary>
    public static NetworkWord Of(Link link) => link.Facts switch
    {
        { Network: AddressNetwork.TorV3 } => NetworkWord.Onion,
        { Network: AddressNetwork.I2P } => NetworkWord.I2P,
        _ => Of(link.Request.EndPoint ?? link.RemoteEndPoint),
    };

    public static NetworkWord Of(EndPoint? endPoint) => endPoint switch
    {
        IPEndPoint { AddressFamily: AddressFamily.InterNetwork } or IPEndPoint { Address.IsIPv4MappedToIPv6: true } => NetworkWord.IPv4,
        IPEndPoint ip => IsCjdns(ip.Address) ? NetworkWord.Cjdns : NetworkWord.IPv6,
        DnsEndPoint name when OverlayName.IsOnion(name.Host) => NetworkWord.Onion,
        DnsEndPoint name when OverlayName.IsI2P(name.Host) => NetworkWord.I2P,
        DnsEndPoint => NetworkWord.Name,
        _ => NetworkWord.Other,
    };

    /// <summary>Gets the network as a set; empty if it is not one of an address book.</summary>
    public static AddressNetworks GetSet(EndPoint? endPoint) => Of(endPoint) is < NetworkWord.Name and var word ? AddressNetworkTable.All[(int)word].Set : AddressNetworks.None;

    private static bool IsCjdns(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) && bytes[0] == 0xfc;
    }
}
