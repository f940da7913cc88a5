using Microsoft.Extensions.Logging;

namespace Connmgr;

// Event ids 600 to 699 are the bans'.
public sealed partial class BanListWriter
{
    [LoggerMessage(EventId = 600, EventName = "BanListNotWritten", Level = LogLevel.Warning,
        Message = "The bans could not be written to {Path}; they are in force, but would be lost when the program ends. "
            + "The write will be tried again. Free disk space, or make the file writable.")]
    private static partial void LogFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(EventId = 601, EventName = "BansLost", Level = LogLevel.Error,
        Message = "{Count} changes of the bans are lost: they could not be written to {Path} when the program ended.")]
    private static partial void LogLost(ILogger logger, long count, string path, Exception exception);
}
