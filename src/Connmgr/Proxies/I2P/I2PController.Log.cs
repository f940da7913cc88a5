using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <content>The log lines, event ids 510 to 519.</content>
public sealed partial class I2PController
{
    [LoggerMessage(510, LogLevel.Information, "The I2P router {Router} has made a session.", EventName = "I2PConnected")]
    private static partial void LogConnected(ILogger logger, string router);

    [LoggerMessage(511, LogLevel.Warning, "No session at the I2P router {Router}: {Failure}. Trying again until it works.", EventName = "I2PFailed")]
    private static partial void LogFailed(ILogger logger, string router, string failure);

    [LoggerMessage(512, LogLevel.Debug, "No session at the I2P router {Router}, still: {Failure}.", EventName = "I2PStillFailed")]
    private static partial void LogStillFailed(ILogger logger, string router, string failure);

    [LoggerMessage(513, LogLevel.Information, "Peers can connect to {Address}.", EventName = "I2PServed")]
    private static partial void LogServed(ILogger logger, NetworkAddress address);

    [LoggerMessage(514, LogLevel.Warning, "{Problem}. The I2P address is another one after a restart.", EventName = "I2PKeyNotSaved")]
    private static partial void LogKeyNotSaved(ILogger logger, string problem);

    [LoggerMessage(
        515,
        LogLevel.Warning,
        "The key of the I2P address '{KeyFile}' was damaged: {Error}. It is now '{SetAside}', and the address is a new one.",
        EventName = "I2PKeyDamaged")]
    private static partial void LogKeyDamaged(ILogger logger, string keyFile, string error, string setAside);

    [LoggerMessage(516, LogLevel.Error, "OnChanged threw. The controller goes on.", EventName = "I2PCallbackFailed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception);

    [LoggerMessage(517, LogLevel.Debug, "The I2P router {Router} ended the wait for a peer: {Failure}.", EventName = "I2PAcceptFailed")]
    private static partial void LogAcceptFailed(ILogger logger, string router, string failure);

    [LoggerMessage(518, LogLevel.Debug, "No session in addition to the shared one at the I2P router {Router}: {Failure}.", EventName = "I2PTransientFailed")]
    private static partial void LogTransientFailed(ILogger logger, string router, string failure);
}
