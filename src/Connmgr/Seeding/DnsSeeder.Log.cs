using Microsoft.Extensions.Logging;

namespace Connmgr;

// Event ids 300 to 399 are for seeding. At most two entries for each seed and round.
public sealed partial class DnsSeeder
{
    [LoggerMessage(EventId = 300, EventName = "DnsSeedAnswered", Level = LogLevel.Information,
        Message = "DNS seed {Host} gave {Count} addresses.")]
    private static partial void LogAnswered(ILogger logger, string host, int count);

    [LoggerMessage(EventId = 301, EventName = "DnsSeedFailed", Level = LogLevel.Information,
        Message = "DNS seed {Host} could not be looked up.")]
    private static partial void LogFailed(ILogger logger, string host, Exception exception);

    [LoggerMessage(EventId = 302, EventName = "DnsSeedTimedOut", Level = LogLevel.Information,
        Message = "DNS seed {Host} did not answer within {Timeout}.")]
    private static partial void LogTimedOut(ILogger logger, string host, TimeSpan timeout);

    [LoggerMessage(EventId = 303, EventName = "DnsSeedCallbackFailed", Level = LogLevel.Error,
        Message = "The callback for the addresses of DNS seed {Host} threw. The other seeds continue.")]
    private static partial void LogCallbackFailed(ILogger logger, string host, Exception exception);
}
