using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The reason why a DNS seed returned no addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DnsSeedFailure>))]
public enum DnsSeedFailure
{
    /// <summary>It did give some.</summary>
    None,

    /// <summary>The look-up answered, without an address that can be used.</summary>
    NoAddresses,

    /// <summary>The look-up threw; <see cref="DnsSeedOutcome.Exception"/> says what.</summary>
    LookupFailed,

    /// <summary>It did not answer within <see cref="DnsSeederOptions.LookupTimeout"/>.</summary>
    Timeout,
}
