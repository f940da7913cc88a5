using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>An attempt at one moment.</summary>
/// <param name="RequestId">The id of its request, or of the inbound connection.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="EndPoint">The address, when it is known.</param>
/// <param name="Phase"><see cref="ConnectPhase.Tcp"/> while it is dialled (<see cref="ConnectPhase.Proxy"/> through a proxy), <see cref="ConnectPhase.Handshake"/> then.</param>
/// <param name="Age">Since it began.</param>
public sealed record AttemptSnapshot(long RequestId, ConnectionKind Kind, [property: JsonConverter(typeof(EndPointJsonConverter))] EndPoint? EndPoint, ConnectPhase Phase, TimeSpan Age);
