using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>What a ban comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanCause>))]
public enum BanCause
{
    /// <summary>Not known: Bitcoin Core's files do not say.</summary>
    Unspecified,

    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>A host misbehaved until its score was above the threshold.</summary>
    Misbehavior,
}
