using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The error in a file of addresses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AddressFileErrorCode>))]
public enum AddressFileErrorCode
{
    /// <summary>The file is of another kind or of another chain: its first four bytes are not the magic of the chain.</summary>
    WrongMagic = 1,

    /// <summary>A later version wrote the file in a format that this version cannot read.</summary>
    UnsupportedVersion = 2,

    /// <summary>The file is damaged or cut short: the checksum at its end is wrong or missing.</summary>
    ChecksumMismatch = 3,

    /// <summary>The checksum is right, but the content violates the format.</summary>
    Malformed = 4,
}
