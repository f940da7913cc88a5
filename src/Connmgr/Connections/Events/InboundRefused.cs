using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>An inbound connection was refused when it was accepted.</summary>
/// <param name="Time">When.</param>
/// <param name="RemoteEndPoint">The peer, when it is known.</param>
/// <param name="Cause">Why.</param>
public sealed record InboundRefused(DateTimeOffset Time, [property: JsonConverter(typeof(EndPointJsonConverter))] EndPoint? RemoteEndPoint, ConnectFailureCause Cause) : ConnectionEvent(Time)
{
    /// <summary>
    /// How many more were refused since the event before this one and got no event of their own: in a flood there are at most 10 a second,
    /// after a burst of 100. All are counted in <see cref="InboundSnapshot.Refused"/>.
    /// </summary>
    public long Untold { get; init; }
}
