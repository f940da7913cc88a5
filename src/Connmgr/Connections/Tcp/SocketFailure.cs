using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Converts errors of sockets and resolvers to a cause and a message.</summary>
internal static class SocketFailure
{
    private const string OutOfDescriptors = "out of file descriptors; raise the limit (ulimit -n)";

    public static ConnectFailedException OfConnecting(IPEndPoint remote, IPEndPoint? local, SocketException exception)
    {
        var (cause, what) = exception.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => (ConnectFailureCause.Refused, "the host refused it"),
            SocketError.TimedOut => (ConnectFailureCause.Timeout, "no answer"),
            SocketError.HostUnreachable or SocketError.HostDown => (ConnectFailureCause.Unreachable, "no route to the host"),
            SocketError.NetworkUnreachable or SocketError.NetworkDown => (ConnectFailureCause.Unreachable, "no route to its network"),
            SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported =>
                (ConnectFailureCause.Unreachable, $"this machine does not speak {Family(remote)}"),

            // The error of the kernel if IPv6 is enabled but no interface has an IPv6 address.
            SocketError.AddressNotAvailable when local is null && remote.AddressFamily == AddressFamily.InterNetworkV6 =>
                (ConnectFailureCause.Unreachable, "this machine has no IPv6 address to connect from"),
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                (ConnectFailureCause.Reset, "it was reset while being opened"),

            // From here on the error is local: it proves nothing about the peer.
            SocketError.AddressNotAvailable when local is not null =>
                (ConnectFailureCause.Unknown, Invariant($"{local.Address} is not an address of this machine, or has no free port left; check the local address")),
            SocketError.AddressNotAvailable => (ConnectFailureCause.Unknown, "no local port is free; close connections or widen the port range"),
            SocketError.AddressAlreadyInUse => (ConnectFailureCause.Unknown, "the local address is in use"),
            SocketError.TooManyOpenSockets => (ConnectFailureCause.Unknown, OutOfDescriptors),
            SocketError.NoBufferSpaceAvailable => (ConnectFailureCause.Unknown, "the system is out of memory for sockets"),
            SocketError.AccessDenied => (ConnectFailureCause.Unknown, "this machine forbids it; check firewall and routes"),
            _ => (ConnectFailureCause.Unknown, exception.Message),
        };
        return new ConnectFailedException(ConnectPhase.Tcp, cause, $"cannot connect to {remote}: {what} ({exception.SocketErrorCode})", exception);
    }

    public static ConnectFailedException OfResolving(DnsEndPoint name, Exception exception)
    {
        var (cause, what) = exception switch
        {
            SocketException { SocketErrorCode: var error } socketException => OfResolving(error, socketException),
            TimeoutException or OperationCanceledException => (ConnectFailureCause.Timeout, "no name server answered in time; it may work later"),
            _ => (ConnectFailureCause.Unknown, exception.Message),
        };
        return new ConnectFailedException(ConnectPhase.Resolve, cause, $"cannot resolve {name.Host}: {what}", exception);
    }

    /// <summary>
    /// Interprets an error of getaddrinfo (EAI_AGAIN, for example, as <see cref="SocketError.TryAgain"/>), or of a socket on the way to a
    /// name server.
    /// </summary>
    private static (ConnectFailureCause Cause, string What) OfResolving(SocketError error, SocketException exception) => error switch
    {
        SocketError.HostNotFound => (ConnectFailureCause.NameNotFound, "there is no such name"),
        SocketError.NoData => (ConnectFailureCause.NameNotFound, "the name has no address"),
        SocketError.TimedOut => (ConnectFailureCause.Timeout, "no name server answered in time; it may work later"),

        // From here on the error proves nothing about the name. TryAgain does not mean that no server answered: one may have refused at once.
        SocketError.TryAgain =>
            (ConnectFailureCause.LookupFailed, "no name server could be reached, or none had an answer; it may work later"),
        SocketError.NoRecovery => (ConnectFailureCause.LookupFailed, "the name server failed, or refused to answer"),
        SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.HostUnreachable or SocketError.HostDown or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
            (ConnectFailureCause.LookupFailed, $"no name server could be reached ({error}); it may work later"),
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported =>
            (ConnectFailureCause.LookupFailed, "this machine does not look up addresses of that family"),
        SocketError.TooManyOpenSockets => (ConnectFailureCause.Unknown, OutOfDescriptors),
        _ => (ConnectFailureCause.Unknown, exception.Message),
    };

    public static ConnectFailedException NoAddress(DnsEndPoint name) => new(
        ConnectPhase.Resolve,
        ConnectFailureCause.NameNotFound,
        name.AddressFamily == AddressFamily.Unspecified
            ? $"cannot resolve {name.Host}: the name has no IPv4 or IPv6 address"
            : $"cannot resolve {name.Host}: the name has no {Family(name)} address");

    public static ConnectFailedException OfAll(string target, List<ConnectFailedException> failures)
    {
        // The answer of a host is more informative than silence, silence more than no route, and all of them more than a local error.
        var telling = failures[0];
        foreach (var failure in failures)
        {
            if (Weight(failure.Cause) > Weight(telling.Cause))
            {
                telling = failure;
            }
        }

        return new ConnectFailedException(
            telling.Phase, telling.Cause, $"cannot connect to {target}: none of its {failures.Count} addresses; {telling.Message}", telling.InnerException);
    }

    private static int Weight(ConnectFailureCause cause) => cause switch
    {
        ConnectFailureCause.Refused => 4,
        ConnectFailureCause.Reset => 3,
        ConnectFailureCause.Timeout => 2,
        ConnectFailureCause.Unreachable => 1,
        ConnectFailureCause.DuplicateAddress or ConnectFailureCause.GateRefused or ConnectFailureCause.NetgroupLimit => -1, // It was not even tried.
        _ => 0,
    };

    private static string Family(EndPoint endPoint) => endPoint.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
}
