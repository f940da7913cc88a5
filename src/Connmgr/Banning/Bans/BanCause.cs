using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The cause of a ban.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanCause>))]
public enum BanCause
{
    /// <summary>Not known: Bitcoin Core's files do not say.</summary>
    Unspecified,

    /// <summary>A request by the user.</summary>
    Manual,

    /// <summary>A host misbehaved until its score was above the threshold.</summary>
    Misbehavior,
}
