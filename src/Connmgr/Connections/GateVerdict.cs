using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The verdict of a <see cref="ConnectionManagerOptions.Gate"/> on an address. The default value lets it pass.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GateVerdict>))]
public enum GateVerdict
{
    /// <summary>The address may connect and be dialled.</summary>
    Allow,

    /// <summary>
    /// The address misbehaved, but is not banned. It is dialled only if it is requested explicitly. An inbound connection from it is
    /// accepted only if another place is left under <see cref="ConnectionManagerOptions.MaxInbound"/>, and is among the first to be
    /// evicted. (Bitcoin Core's discouragement.)
    /// </summary>
    Discourage,

    /// <summary>
    /// The address is banned. Does not apply to an inbound connection with <see cref="ConnectionPermissions.NoBan"/>. Undefined values
    /// count as this one.
    /// </summary>
    Refuse,
}
