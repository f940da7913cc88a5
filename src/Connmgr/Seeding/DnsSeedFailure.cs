using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The reason why a DNS seed returned no addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DnsSeedFailure>))]
public enum DnsSeedFailure
{
    /// <summary>No failure: the seed returned addresses.</summary>
    None,

    /// <summary>The look-up succeeded, but without a usable address.</summary>
    NoAddresses,

    /// <summary>The look-up threw <see cref="DnsSeedOutcome.Exception"/>.</summary>
    LookupFailed,

    /// <summary>The seed did not answer within <see cref="DnsSeederOptions.LookupTimeout"/>.</summary>
    Timeout,
}
