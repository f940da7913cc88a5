using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The verdict of a <see cref="ConnectionManagerOptions.Gate"/> on an address. The default value lets it pass.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GateVerdict>))]
public enum GateVerdict
{
    /// <summary>It may be connected.</summary>
    Allow,

    /// <summary>
    /// It misbehaved, but is not banned. It is not dialled unless asked for by address; an inbound connection from it is accepted only
    /// while one more place would be left under <see cref="ConnectionManagerOptions.MaxInbound"/>, and is among the first to be evicted.
    /// (Bitcoin Core's discouragement.)
    /// </summary>
    Discourage,

    /// <summary>
    /// It may not be connected: a ban. Does not apply to an inbound connection with <see cref="ConnectionPermissions.NoBan"/>. Any value
    /// that is not named here is taken for this one.
    /// </summary>
    Refuse,
}
