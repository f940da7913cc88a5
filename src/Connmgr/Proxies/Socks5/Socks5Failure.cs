using System.Net.Sockets;

namespace Connmgr;

/// <summary>Translates a proxy's answer, or the lack of one, into a failure of the dial.</summary>
internal static class Socks5Failure
{
    /// <summary>Creates the failure for a proxy that could not be reached, or whose connection broke before its answer was complete.</summary>
    public static ConnectFailedException OfReaching(string proxy, Socks5Target target, Exception exception) => new(
        ConnectPhase.Proxy,

        // Out of descriptors or memory, the fault is this machine's: nothing was learnt of the proxy either.
        exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable }
            ? ConnectFailureCause.Unknown
            : ConnectFailureCause.ProxyUnreachable,
        $"cannot connect to {EndPointText.Format(target.EndPoint)}: the proxy {proxy} could not be reached, or the connection to it broke: {exception.Message}",
        exception);

    public static ConnectFailedException OfSilentProxy(string proxy, Socks5Target target, TimeSpan after, Exception exception) => new(
        ConnectPhase.Proxy,
        ConnectFailureCause.ProxyUnreachable,
        $"cannot connect to {EndPointText.Format(target.EndPoint)}: the proxy {proxy} did not answer within {after}",
        exception);

    public static ConnectFailedException OfSilentPeer(string proxy, Socks5Target target, TimeSpan after, Exception exception) => new(
        ConnectPhase.Proxy,
        ConnectFailureCause.Timeout,
        $"cannot connect to {EndPointText.Format(target.EndPoint)}: the proxy {proxy} did not reach it within {after}",
        exception);

    /// <summary>Creates the failure for an answer other than success.</summary>
    public static ConnectFailedException OfReply(string proxy, Socks5Target target, Socks5Reply reply, bool hasCredentials)
    {
        var (cause, code, what) = reply.Fault switch
        {
            Socks5Fault.MethodRefused => (ConnectFailureCause.ProxyUnreachable, TorErrorCode.UnrecognizedAuthMethod, hasCredentials
                ? "it does not take a user name and password; leave credentials and required isolation out"
                : "it wants a user name and password; give credentials"),
            Socks5Fault.CredentialsRefused =>
                (ConnectFailureCause.ProxyUnreachable, TorErrorCode.AuthenticationFailed, "it refused the user name and password"),
            Socks5Fault.RequestRefused when TorStatus.GetCode(reply.Status) is { } status =>
                (GetCause(status, target), status, $"{Describe(status, target)} (status 0x{reply.Status:x2})"),
            Socks5Fault.RequestRefused => (ConnectFailureCause.ProxyUnreachable, TorErrorCode.InvalidProxyResponse,
                $"it answered with status 0x{reply.Status:x2}, which SOCKS5 and Tor do not define"),
            Socks5Fault.InvalidAddress => (ConnectFailureCause.ProxyUnreachable, TorErrorCode.InvalidAddressResponse,
                "the address in its answer is of no known type, or ends early"),
            _ => (ConnectFailureCause.ProxyUnreachable, TorErrorCode.InvalidProxyResponse,
                "its answer is not SOCKS5, or ends early; is it a SOCKS5 proxy?"),
        };
        var message = $"cannot connect to {EndPointText.Format(target.EndPoint)} through the proxy {proxy}: {what}";
        return new ConnectFailedException(ConnectPhase.Proxy, cause, message, new TorException(code, message));
    }

    /// <summary>
    /// Determines what a status shows about the peer. 0x01 shows nothing: a Tor exit uses it for a refusal, for an unreachable host and for
    /// its own faults. A status that rejects the kind of request shows nothing about the peer either.
    /// </summary>
    private static ConnectFailureCause GetCause(TorErrorCode status, Socks5Target target) => status switch
    {
        TorErrorCode.GeneralFailure => ConnectFailureCause.Unknown,
        TorErrorCode.HostUnreachable when target.IsPlainName => ConnectFailureCause.NameNotFound,
        TorErrorCode.NotAllowed or TorErrorCode.NetworkUnreachable or TorErrorCode.HostUnreachable => ConnectFailureCause.Unreachable,
        TorErrorCode.ConnectionRefused => ConnectFailureCause.Refused,
        TorErrorCode.TtlExpired or TorErrorCode.OnionIntroductionTimedOut => ConnectFailureCause.Timeout,
        TorErrorCode.CommandNotSupported or TorErrorCode.AddressTypeNotSupported => ConnectFailureCause.ProxyUnreachable,
        TorErrorCode.OnionMissingClientAuthorization or TorErrorCode.OnionWrongClientAuthorization => ConnectFailureCause.Refused,
        TorErrorCode.OnionInvalidAddress => ConnectFailureCause.NameNotFound,
        _ => ConnectFailureCause.Unreachable,
    };

    private static string Describe(TorErrorCode status, Socks5Target target) => status switch
    {
        TorErrorCode.GeneralFailure => "general failure",
        TorErrorCode.HostUnreachable when target.IsPlainName => "no such host, or no route to it",
        TorErrorCode.HostUnreachable => "host unreachable",
        TorErrorCode.TtlExpired => "given up by the proxy after waiting too long",
        TorErrorCode.CommandNotSupported => "it does not make connections",
        _ => TorStatus.Describe(status),
    };
}
