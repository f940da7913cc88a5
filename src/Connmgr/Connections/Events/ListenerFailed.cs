using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Accepting failed; it is tried again after a pause. At most one event in 30 s for each listener.</summary>
/// <param name="Time">When.</param>
/// <param name="LocalEndPoint">What is listened on.</param>
/// <param name="Exception">What the listener threw.</param>
public sealed record ListenerFailed(DateTimeOffset Time, [property: JsonConverter(typeof(EndPointJsonConverter))] EndPoint LocalEndPoint, [property: JsonConverter(typeof(ExceptionJsonConverter))] Exception Exception) : ConnectionEvent(Time);
