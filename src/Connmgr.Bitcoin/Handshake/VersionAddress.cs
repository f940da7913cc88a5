using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// An address in a version message, for either end of the connection. It is the sender's claim: never use it as a peer's identity.
/// </summary>
/// <param name="Services">The services of that end.</param>
/// <param name="Address">The address; IPv4 as IPv4. <see cref="IPAddress.IPv6Any"/> if it is not given.</param>
/// <param name="Port">The port; 0 if it is not given.</param>
public sealed record VersionAddress(NodeServices Services, [property: JsonConverter(typeof(TextJsonConverter))] IPAddress Address, ushort Port)
{
    /// <summary>An address with services of <see cref="NodeServices.None"/>, no IP address and no port.</summary>
    public static VersionAddress None { get; } = new(NodeServices.None, IPAddress.IPv6Any, 0);

    /// <summary>Creates an address from an endpoint.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/>. For any other kind, and for null, no address is given.</param>
    /// <returns>The address, without services.</returns>
    public static VersionAddress FromEndPoint(EndPoint? endPoint) =>
        endPoint is IPEndPoint { Port: var port } ip ? new(NodeServices.None, ip.Address, (ushort)port) : None;
}
