using System.Net;

namespace Connmgr;

/// <summary>An inbound connection was refused when it was accepted.</summary>
/// <param name="Time">When.</param>
/// <param name="RemoteEndPoint">The peer, when it is known.</param>
/// <param name="Cause">Why.</param>
public sealed record InboundRefused(DateTimeOffset Time, EndPoint? RemoteEndPoint, ConnectFailureCause Cause) : ConnectionEvent(Time);
