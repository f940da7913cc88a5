using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>What is wrong with a file of addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AddressFileErrorCode>))]
public enum AddressFileErrorCode
{
    /// <summary>It is not such a file, or that of another chain: the first four bytes are not the chain's magic.</summary>
    WrongMagic = 1,

    /// <summary>A later version wrote it, in a way that this one cannot read.</summary>
    UnsupportedVersion = 2,

    /// <summary>It is damaged or was cut short: the checksum at its end is not that of the rest, or there is no room for one.</summary>
    ChecksumMismatch = 3,

    /// <summary>The checksum is right, but what it covers breaks the format.</summary>
    Malformed = 4,
}
