using System.Net.Sockets;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Why a connection ended.</summary>
/// <param name="Cause">What ended it.</param>
/// <param name="Detail">In words, when there is more to say.</param>
/// <param name="Exception">The exception of the handler, when it threw one.</param>
public sealed record DisconnectReason(DisconnectCause Cause, string? Detail = null, [property: JsonConverter(typeof(ExceptionJsonConverter))] Exception? Exception = null)
{
    /// <summary>COR_E_IO: what an IOException has that comes from no error of the system, as streams throw it.</summary>
    private const int PlainIOException = unchecked((int)0x80131620);

    private static readonly DisconnectReason[] Plain = [.. Enum.GetValues<DisconnectCause>().Select(static cause => new DisconnectReason(cause))];

    /// <summary>The cause and the detail.</summary>
    /// <returns>For example <c>Closed: ping timeout</c>.</returns>
    public override string ToString() => (Detail ?? Exception?.Message) is { } text ? $"{Cause}: {text}" : Cause.ToString();

    /// <summary>A cause without more to say: the same object each time.</summary>
    internal static DisconnectReason Of(DisconnectCause cause) => Plain[(int)cause];

    /// <summary>What it means that a handler threw: what a peer or the network did, when the exception says so, else a failure of the handler.</summary>
    internal static DisconnectReason OfHandler(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (CauseOf(inner) is { } cause)
                return new(cause, Exception: exception);
        }

        // Those of files have the code of the system's error.
        return new(exception is IOException { HResult: PlainIOException } ? DisconnectCause.Reset : DisconnectCause.HandlerFailed, Exception: exception);
    }

    /// <summary>Lets those causes pass that a peer or the network is behind, of which handlers learn.</summary>
    internal static DisconnectCause RequirePeers(DisconnectCause cause) =>
        cause is DisconnectCause.PeerClosed or DisconnectCause.Reset or DisconnectCause.PingTimeout or DisconnectCause.SendTimeout
            or DisconnectCause.ProtocolViolation
            ? cause
            : throw new ArgumentOutOfRangeException(
                nameof(cause), cause, "This cause is the manager's to give: use PeerClosed, Reset, PingTimeout, SendTimeout or ProtocolViolation.");

    private static DisconnectCause? CauseOf(Exception exception) => exception switch
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
