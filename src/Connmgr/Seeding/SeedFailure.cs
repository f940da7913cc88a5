using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The reason why a seed returned no addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SeedFailure>))]
public enum SeedFailure
{
    /// <summary>No failure: the seed returned addresses.</summary>
    None,

    /// <summary>The seed answered without a usable address.</summary>
    NoAddresses,

    /// <summary>The request, or adding its addresses, threw <see cref="SeedOutcome.Exception"/>.</summary>
    RequestFailed,

    /// <summary>The seed did not answer in time.</summary>
    Timeout,
}
