using Connmgr.Bitcoin;
using NBitcoin.Protocol;
using Address = NBitcoin.Protocol.NetworkAddress;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin;

/// <summary>
/// Converts addresses of nodes between NBitcoin's NetworkAddress and this library. IPv4, IPv6, Tor v3, I2P and CJDNS are kept; Tor v2, which
/// is out of use, has no counterpart here.
/// </summary>
public static class NetworkAddressExtensions
{
    /// <summary>Converts the address and the port of NBitcoin's address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="endPoint">The address and the port.</param>
    /// <returns>False for an address that has no counterpart, such as Tor v2.</returns>
    public static bool TryToNetworkEndPoint(this Address address, out NetworkEndPoint endPoint)
    {
        var isConverted = address.TryToPeerAddress(out var converted);
        endPoint = converted.EndPoint;
        return isConverted;
    }

    /// <summary>Converts NBitcoin's address with its services and its time.</summary>
    /// <param name="address">The address.</param>
    /// <param name="peerAddress">The address, the services, and the time at which the node was last seen.</param>
    /// <returns>False for an address that has no counterpart, such as Tor v2.</returns>
    public static bool TryToPeerAddress(this Address address, out PeerAddress peerAddress)
    {
        ArgumentNullException.ThrowIfNull(address);
        using var payload = PayloadFormat.Any.Write(new AddrV2Payload(address));
        var decoded = AddressMessage.Decode(MessageCommand.AddrV2, payload.Written.Span);
        peerAddress = decoded is [var only] ? only : default;
        return decoded.Length == 1 && peerAddress.EndPoint != default;
    }

    /// <summary>Converts an address to NBitcoin's.</summary>
    /// <param name="peerAddress">The address, the services, and the time at which the node was last seen.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentException">The address is an internal one, which is not that of a node.</exception>
    public static Address ToNBitcoinAddress(this PeerAddress peerAddress)
    {
        PeerAddress[] addresses = [peerAddress];
        if (AddressMessage.Encode(MessageCommand.AddrV2, addresses) is not [var encoded])
            throw new ArgumentException($"The address {peerAddress.EndPoint} is not that of a node.", nameof(peerAddress));

        var payload = (AddrV2Payload)PayloadFormat.Any.Read(MessageCommand.AddrV2, encoded);
        return payload.Addresses[0];
    }

    /// <summary>Converts an address to NBitcoin's, without services and with the time 1970.</summary>
    /// <param name="endPoint">The address and the port.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentException">The address is an internal one, which is not that of a node.</exception>
    public static Address ToNBitcoinAddress(this NetworkEndPoint endPoint) =>
        new PeerAddress(endPoint, (ulong)Services.None, DateTimeOffset.UnixEpoch).ToNBitcoinAddress();
}
