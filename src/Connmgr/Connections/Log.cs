using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The log entries of the connection manager, event ids 100 to 199. Entries that a remote peer can trigger are Debug or lower; state
/// changes are Information; entries that need attention are Warning or higher, and bounded by <see cref="GuardedLogger"/>.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Stopping.", EventName = "Stopping")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(101, LogLevel.Information, "Stopped.", EventName = "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(102, LogLevel.Critical, "The manager's loop failed; nothing is decided any more. This is a defect of Connmgr.",
        EventName = "LoopFailed")]
    public static partial void LoopFailed(ILogger logger, Exception exception);

    [LoggerMessage(103, LogLevel.Information, "The system does not report network changes to this program; after an outage the routes are probed only.",
        EventName = "NetworkChangesNotObserved")]
    public static partial void NetworkChangesNotObserved(ILogger logger, Exception exception);

    public static void Refused(ILogger logger, EndPoint? remoteEndPoint, ConnectFailureCause cause)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            Refused(logger, EndPointText.Format(remoteEndPoint), cause);
    }

    [LoggerMessage(
        114,
        LogLevel.Information,
        "Refused {Count} inbound connections since the last such line, the latest one for {Cause}. Logged at most once a minute; the snapshot counts them by cause.",
        EventName = "ManyRefused")]
    public static partial void ManyRefused(ILogger logger, long count, ConnectFailureCause cause);

    [LoggerMessage(
        104,
        LogLevel.Warning,
        "The process may open {Limit} files, and needs {Needed} for as many connections as are configured. The limit of inbound connections is {MaxInbound} now, that of hedged dials {MaxHedgedDials}. Raise the limit of open files "
        + "(ulimit -n, LimitNOFILE=), or lower MaxInbound or TargetOutbound.",
        EventName = "TooFewDescriptors")]
    public static partial void TooFewDescriptors(ILogger logger, long limit, long needed, int? maxInbound, int maxHedgedDials);

    [LoggerMessage(110, LogLevel.Debug, "Established {Connection}.", EventName = "Established")]
    public static partial void Established(ILogger logger, Connection connection);

    [LoggerMessage(115, LogLevel.Debug, "{Connection} is in group {To} now, before in {From}.", EventName = "Moved")]
    public static partial void Moved(ILogger logger, Connection connection, string? from, string to);

    [LoggerMessage(111, LogLevel.Debug, "Closed {Connection}: {Reason}.", EventName = "Closed")]
    public static partial void Closed(ILogger logger, Connection connection, DisconnectReason reason);

    public static void AttemptFailed(ILogger logger, Request request, in AttemptOutcome outcome)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            AttemptFailed(logger, outcome.Exception, request.Id, request.Kind, EndPointText.Format(outcome.EndPoint), outcome.Phase, outcome.Cause, outcome.Duration);
    }

    /// <summary>
    /// Logs the exception of a handler. An exception that the peer or the network caused needs no attention; any other is a defect of the
    /// handler.
    /// </summary>
    public static void HandlerFailed(ILogger logger, Exception exception, Connection connection) => HandlerFailed(
        logger,
        exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException ? LogLevel.Debug : LogLevel.Warning,
        exception,
        connection);

    [LoggerMessage(
        121,
        LogLevel.Warning,
        "The handler of {Connection} returned within a second, which ended the connection. A handler's task is the connection's life: await Connection.Closed in it to keep the connection. Logged once.",
        EventName = "ShortHandler")]
    public static partial void ShortHandler(ILogger logger, Connection connection);

    [LoggerMessage(122, LogLevel.Warning, "{Callback} failed for {Subject}.", EventName = "CallbackFailed")]
    public static partial void CallbackFailed(ILogger logger, Exception exception, string callback, string subject);

    [LoggerMessage(130, LogLevel.Warning, "Accepting on {LocalEndPoint} failed; trying again after a pause. Logged at most every 30 s.",
        EventName = "AcceptFailed")]
    public static partial void AcceptFailed(ILogger logger, Exception exception, EndPoint localEndPoint);

    [LoggerMessage(131, LogLevel.Debug, "A connection accepted on {LocalEndPoint} is closed: its stream did not give its endpoints.",
        EventName = "EndPointsFailed")]
    public static partial void EndPointsFailed(ILogger logger, Exception exception, EndPoint localEndPoint);

    [LoggerMessage(140, LogLevel.Information, "No answer on route {Route} any more: probing it only.", EventName = "OutageStarted")]
    public static partial void OutageStarted(ILogger logger, string route);

    [LoggerMessage(141, LogLevel.Information, "Route {Route} gives answers again.", EventName = "OutageEnded")]
    public static partial void OutageEnded(ILogger logger, string route);

    [LoggerMessage(150, LogLevel.Debug, "The address source rests: {Reason}.", EventName = "SourceRests")]
    public static partial void SourceRests(ILogger logger, string reason);

    [LoggerMessage(151, LogLevel.Warning, "The address source failed; it is asked again after RetryDuration.", EventName = "SourceFailed")]
    public static partial void SourceFailed(ILogger logger, Exception exception);

    [LoggerMessage(113, LogLevel.Debug, "Refused inbound {EndPoint}: {Cause}.", SkipEnabledCheck = true, EventName = "Refused")]
    private static partial void Refused(ILogger logger, string endPoint, ConnectFailureCause cause);

    [LoggerMessage(EventId = 120, Message = "The handler of {Connection} failed; the connection is closed.", EventName = "HandlerFailed")]
    private static partial void HandlerFailed(ILogger logger, LogLevel level, Exception exception, Connection connection);

    [LoggerMessage(
        112,
        LogLevel.Debug,
        "Attempt of request {RequestId} ({Kind}) at {EndPoint} ended in phase {Phase}: {Cause} after {Duration}.",
        SkipEnabledCheck = true,
        EventName = "AttemptFailed")]
    private static partial void AttemptFailed(
        ILogger logger,
        Exception? exception,
        long requestId,
        ConnectionKind kind,
        string endPoint,
        ConnectPhase phase,
        ConnectFailureCause cause,
        TimeSpan duration);
}
