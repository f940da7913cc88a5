using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>A request at one moment.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="State">Its state.</param>
/// <param name="EndPoint">Its address; null while the source has not given one.</param>
/// <param name="Attempts">How many attempts were begun.</param>
/// <param name="RetryIn">When it is dialled again, for a permanent request that waits for that.</param>
public sealed record RequestSnapshot(long Id, ConnectionKind Kind, ConnectionState State, [property: JsonConverter(typeof(EndPointJsonConverter))] EndPoint? EndPoint, int Attempts, TimeSpan? RetryIn);
