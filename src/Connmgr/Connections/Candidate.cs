using System.Net;

namespace Connmgr;

/// <summary>An address that an <see cref="IAddressSource"/> offers to be dialled.</summary>
/// <param name="endPoint">The address.</param>
/// <param name="tag">Any object of the source.</param>
public readonly struct Candidate(EndPoint endPoint, object? tag = null)
{
    /// <summary>The address: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or any kind that the dialer understands.</summary>
    public EndPoint EndPoint { get; } = endPoint;

    /// <summary>
    /// Any object of the source. It is returned in <see cref="AttemptOutcome.Tag"/>, and is the <see cref="ConnectionRequest.Tag"/>.
    /// </summary>
    public object? Tag { get; } = tag;

    /// <summary>
    /// The traits that the source expects of the peer (<see cref="OutboundGroup.Traits"/>), by which the group is chosen that it is dialled
    /// for. Null, the default: unknown, and assumed to suit any group.
    /// </summary>
    public UInt128? Traits { get; init; }

    /// <summary>
    /// The profile that the connection must have (<see cref="OutboundGroup.Profile"/>): only a group of this profile takes the address. Null,
    /// the default: any.
    /// </summary>
    public string? Profile { get; init; }
}
