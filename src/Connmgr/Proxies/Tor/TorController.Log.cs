using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <content>The log lines, event ids 500 to 599.</content>
public sealed partial class TorController
{
    [LoggerMessage(500, LogLevel.Information, "Connected to Tor {Version} at {Control}.", EventName = "TorConnected")]
    private static partial void LogConnected(ILogger logger, string? version, string control);

    [LoggerMessage(501, LogLevel.Warning, "No connection to Tor at {Control}: {Failure}. Trying again until it works.", EventName = "TorFailed")]
    private static partial void LogFailed(ILogger logger, string control, string failure);

    [LoggerMessage(502, LogLevel.Debug, "No connection to Tor at {Control}, still: {Failure}.", EventName = "TorStillFailed")]
    private static partial void LogStillFailed(ILogger logger, string control, string failure);

    [LoggerMessage(503, LogLevel.Information, "Onion service {OnionService} is served.", EventName = "OnionServed")]
    private static partial void LogServed(ILogger logger, NetworkEndPoint onionService);

    [LoggerMessage(504, LogLevel.Warning, "{Problem}. The onion service has another address after a restart.", EventName = "OnionKeyNotSaved")]
    private static partial void LogKeyNotSaved(ILogger logger, string problem);

    [LoggerMessage(
        505,
        LogLevel.Warning,
        "The onion service's key '{KeyFile}' was damaged: {Error}. It is now '{SetAside}', and the service has a new address.",
        EventName = "OnionKeyDamaged")]
    private static partial void LogKeyDamaged(ILogger logger, string keyFile, string error, string setAside);

    [LoggerMessage(
        507,
        LogLevel.Warning,
        "The onion service leads to {Target}, which Tor at {Control} can't reach: that address is this machine's alone. Give the service a target that Tor's machine reaches.",
        EventName = "OnionTargetNotReachable")]
    private static partial void LogTargetNotReachable(ILogger logger, string target, string control);

    [LoggerMessage(506, LogLevel.Error, "OnChanged threw. The controller goes on.", EventName = "TorCallbackFailed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception);
}
