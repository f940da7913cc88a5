using System.Net;

namespace Connmgr;

/// <summary>An address is being dialled.</summary>
/// <param name="Time">When.</param>
/// <param name="RequestId">The id of the request.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="EndPoint">The address.</param>
public sealed record AttemptStarted(DateTimeOffset Time, long RequestId, ConnectionKind Kind, EndPoint EndPoint) : ConnectionEvent(Time);
