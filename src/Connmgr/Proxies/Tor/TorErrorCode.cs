using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The cause of the failure of a request to Tor, or to another SOCKS5 proxy. Values 1 to 8 and 0xF0 to 0xF7 are the status byte of the
/// proxy's answer (RFC 1928, Tor proposal 304); Tor sends the latter only on a SocksPort with the ExtendedErrors flag.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<TorErrorCode>))]
public enum TorErrorCode
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>General failure. Tor answers this also for malformed names.</summary>
    GeneralFailure = 0x01,

    /// <summary>The proxy's rules do not allow it.</summary>
    NotAllowed = 0x02,

    /// <summary>Network unreachable.</summary>
    NetworkUnreachable = 0x03,

    /// <summary>Host unreachable. Tor answers this when the name does not exist or has no address.</summary>
    HostUnreachable = 0x04,

    /// <summary>Connection refused.</summary>
    ConnectionRefused = 0x05,

    /// <summary>Time to live expired. Tor answers this when it gave up waiting.</summary>
    TtlExpired = 0x06,

    /// <summary>The proxy does not know the command: it is not Tor's.</summary>
    CommandNotSupported = 0x07,

    /// <summary>The proxy does not take host names.</summary>
    AddressTypeNotSupported = 0x08,

    /// <summary>The descriptor of the onion service cannot be found.</summary>
    OnionDescriptorNotFound = 0xF0,

    /// <summary>The descriptor of the onion service is invalid.</summary>
    OnionDescriptorInvalid = 0xF1,

    /// <summary>The introduction to the onion service failed.</summary>
    OnionIntroductionFailed = 0xF2,

    /// <summary>The rendezvous with the onion service failed.</summary>
    OnionRendezvousFailed = 0xF3,

    /// <summary>The onion service wants client authorization, and there is none for it.</summary>
    OnionMissingClientAuthorization = 0xF4,

    /// <summary>The onion service refused the client authorization.</summary>
    OnionWrongClientAuthorization = 0xF5,

    /// <summary>The onion address is malformed.</summary>
    OnionInvalidAddress = 0xF6,

    /// <summary>The introduction to the onion service timed out.</summary>
    OnionIntroductionTimedOut = 0xF7,

    /// <summary>The proxy's answer holds no complete IP address. Btcd: ErrTorInvalidAddressResponse.</summary>
    InvalidAddressResponse = 0x100,

    /// <summary>The proxy's answer is not SOCKS5, ends early, or has an unknown status. Btcd: ErrTorInvalidProxyResponse.</summary>
    InvalidProxyResponse,

    /// <summary>The proxy does not take the way of authentication that was offered. Btcd: ErrTorUnrecognizedAuthMethod.</summary>
    UnrecognizedAuthMethod,

    /// <summary>The proxy refused the user name and password.</summary>
    AuthenticationFailed,

    /// <summary>The proxy could not be reached, or the connection to it broke.</summary>
    ProxyUnreachable,

    /// <summary>No complete answer within <see cref="TorResolverOptions.Timeout"/>.</summary>
    Timeout,
}
