using Microsoft.Extensions.Logging;

namespace Connmgr;

// Event ids 600 to 699 are the bans'.
public sealed partial class BanListWriter
{
    [LoggerMessage(EventId = 600, EventName = "BanListNotWritten", Level = LogLevel.Warning,
        Message = "The bans could not be written to {Path}; they hold, but would be lost at the end of the program. "
            + "This is tried again. Make room, or make the file writable.")]
    private static partial void LogFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(EventId = 601, EventName = "BansLost", Level = LogLevel.Error,
        Message = "Changes of the bans are lost ({Count}): they could not be written to {Path} at the end.")]
    private static partial void LogLost(ILogger logger, long count, string path, Exception exception);
}
