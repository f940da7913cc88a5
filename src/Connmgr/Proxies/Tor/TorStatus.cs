namespace Connmgr;

/// <summary>The meaning of the status bytes of Tor's SOCKS replies (RFC 1928; Tor proposal 304).</summary>
internal static class TorStatus
{
    /// <summary>Gets the code of a status byte, null when neither SOCKS5 nor Tor defines it.</summary>
    public static TorErrorCode? GetCode(byte status) =>
        status is (>= 0x01 and <= 0x08) or (>= 0xF0 and <= 0xF7) ? (TorErrorCode)status : null;

    public static string Describe(TorErrorCode code) => code switch
    {
        TorErrorCode.GeneralFailure => "general failure, or a malformed name",
        TorErrorCode.NotAllowed => "not allowed by the proxy's rules",
        TorErrorCode.NetworkUnreachable => "network unreachable",
        TorErrorCode.HostUnreachable => "no such host, or it has no address",
        TorErrorCode.ConnectionRefused => "connection refused",
        TorErrorCode.TtlExpired => "given up by Tor after waiting too long",
        TorErrorCode.CommandNotSupported => "the proxy does not look names up; it is not Tor's",
        TorErrorCode.AddressTypeNotSupported => "the proxy does not take host names",
        TorErrorCode.OnionDescriptorNotFound => "onion service descriptor not found",
        TorErrorCode.OnionDescriptorInvalid => "onion service descriptor invalid",
        TorErrorCode.OnionIntroductionFailed => "onion service introduction failed",
        TorErrorCode.OnionRendezvousFailed => "onion service rendezvous failed",
        TorErrorCode.OnionMissingClientAuthorization => "onion service client authorization missing",
        TorErrorCode.OnionWrongClientAuthorization => "onion service client authorization wrong",
        TorErrorCode.OnionInvalidAddress => "onion address invalid",
        TorErrorCode.OnionIntroductionTimedOut => "onion service introduction timed out",
        _ => code.ToString(),
    };
}
