using System.Net.Sockets;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The reason why a connection ended. Immutable.</summary>
/// <param name="cause">The cause.</param>
/// <param name="detail">The details in words; null if there are none.</param>
/// <param name="exception">The exception of the handler; null when it threw none.</param>
public sealed class DisconnectReason(DisconnectCause cause, string? detail = null, Exception? exception = null)
{
    /// <summary>COR_E_IO: the HResult of an IOException that was not caused by a system error, as streams throw it.</summary>
    private const int PlainIOException = unchecked((int)0x80131620);

    private static readonly DisconnectReason[] Plain = [.. Enum.GetValues<DisconnectCause>().Select(static cause => new DisconnectReason(cause))];

    /// <summary>The cause.</summary>
    public DisconnectCause Cause { get; } = cause;

    /// <summary>The details in words; null if there are none.</summary>
    public string? Detail { get; } = detail;

    /// <summary>The exception of the handler; null when it threw none.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public Exception? Exception { get; } = exception;

    /// <summary>Returns the cause and the detail.</summary>
    /// <returns>For example <c>Closed: ping timeout</c>.</returns>
    public override string ToString() => (Detail ?? Exception?.Message) is { } text ? $"{Cause}: {text}" : Cause.ToString();

    /// <summary>Gets the shared reason with a cause and no details.</summary>
    internal static DisconnectReason FromCause(DisconnectCause cause) => Plain[(int)cause];

    /// <summary>
    /// Finds the reason for the exception of a handler: the peer or the network if the exception indicates one, otherwise a failure of the
    /// handler.
    /// </summary>
    internal static DisconnectReason FromHandler(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (GetCause(inner) is { } cause)
                return new(cause, exception: exception);
        }

        // Exceptions of files have the code of the system's error.
        return new(exception is IOException { HResult: PlainIOException } ? DisconnectCause.Reset : DisconnectCause.HandlerFailed, exception: exception);
    }

    /// <summary>Throws unless a cause is one that handlers may report: the peer or the network.</summary>
    internal static DisconnectCause RequirePeers(DisconnectCause cause) =>
        cause is DisconnectCause.PeerClosed or DisconnectCause.Reset or DisconnectCause.PingTimeout or DisconnectCause.SendTimeout
            or DisconnectCause.ProtocolViolation
            ? cause
            : throw new ArgumentOutOfRangeException(
                nameof(cause), cause, "This cause is the manager's to give: use PeerClosed, Reset, PingTimeout, SendTimeout or ProtocolViolation.");

    private static DisconnectCause? GetCause(Exception exception) => exception switch
    {
        DisconnectedException ended => ended.Cause,
        EndOfStreamException => DisconnectCause.PeerClosed, // As ReadExactly throws it.
        SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NetworkReset or SocketError.Shutdown
                or SocketError.TimedOut or SocketError.HostUnreachable or SocketError.HostDown or SocketError.NetworkUnreachable
                or SocketError.NetworkDown
        } => DisconnectCause.Reset,
        _ => null,
    };
}
