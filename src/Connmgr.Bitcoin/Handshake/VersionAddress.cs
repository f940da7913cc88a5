using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// An address as a version message carries it, for either end. It is what the sender claims: never use it as a peer's identity.
/// </summary>
/// <param name="Services">The services of that end.</param>
/// <param name="Address">The address; IPv4 as IPv4. <see cref="IPAddress.IPv6Any"/> when it is not told.</param>
/// <param name="Port">The port, 0 when it is not told.</param>
public sealed record VersionAddress(NodeServices Services, [property: JsonConverter(typeof(IPAddressJsonConverter))] IPAddress Address, ushort Port)
{
    /// <summary>Services of <see cref="NodeServices.None"/> and no address.</summary>
    public static VersionAddress None { get; } = new(NodeServices.None, IPAddress.IPv6Any, 0);

    /// <summary>Makes one of an endpoint.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/>; of any other kind, and of null, the address is not told.</param>
    /// <returns>The address, without services.</returns>
    public static VersionAddress From(EndPoint? endPoint) =>
        endPoint is IPEndPoint { Port: var port } ip ? new(NodeServices.None, ip.Address, (ushort)port) : None;
}
