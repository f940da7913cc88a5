using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>The responses to a broken rule of the protocol. See <see cref="MisbehaviorPolicy.GetResponse"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ViolationResponse>))]
public enum ViolationResponse
{
    /// <summary>The message is dropped and the connection stays.</summary>
    Ignore,

    /// <summary>The connection ends, and the violation does not count against the peer's host.</summary>
    Close,

    /// <summary>The connection ends, and the peer's host is discouraged.</summary>
    Discourage,
}
