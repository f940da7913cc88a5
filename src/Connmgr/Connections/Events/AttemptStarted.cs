using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>An address is being dialled.</summary>
/// <param name="Time">When.</param>
/// <param name="RequestId">The id of the request.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="EndPoint">The address.</param>
public sealed record AttemptStarted(DateTimeOffset Time, long RequestId, ConnectionKind Kind, [property: JsonConverter(typeof(EndPointJsonConverter))] EndPoint EndPoint) : ConnectionEvent(Time);
