using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The reason why a seed returned no addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SeedFailure>))]
public enum SeedFailure
{
    /// <summary>It did give some.</summary>
    None,

    /// <summary>It answered, without an address that can be used.</summary>
    NoAddresses,

    /// <summary>Asking it, or taking its addresses, threw; <see cref="SeedOutcome.Exception"/> says what.</summary>
    RequestFailed,

    /// <summary>It did not answer in time.</summary>
    Timeout,
}
