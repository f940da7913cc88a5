using Microsoft.Extensions.Logging;

namespace Connmgr.Fleet;

/// <summary>
/// The log messages of a fleet, event ids 1100 to 1199. None names an address, and none is caused by a peer. Warnings are those of a
/// <see cref="GuardedLogger"/>, for a server that fails again and again.
/// </summary>
internal static partial class FleetLog
{
    [LoggerMessage(1100, LogLevel.Information, "The fleet {Fleet} is ready: new work may begin.", EventName = "FleetReady")]
    public static partial void Ready(ILogger logger, string fleet);

    [LoggerMessage(1101, LogLevel.Information, "Redis answers. Nothing new begins for {Time}, because others of the fleet {Fleet} may hold what it has forgotten.", EventName = "FleetSettling")]
    public static partial void Settling(ILogger logger, TimeSpan time, string fleet);

    [LoggerMessage(1102, LogLevel.Warning, "The fleet {Fleet} is without Redis: {Problem} Connections stay, and nothing new begins until it is back.", EventName = "FleetLost")]
    public static partial void Lost(ILogger logger, string fleet, string problem);

    [LoggerMessage(1103, LogLevel.Warning, "Redis has lost the data of the fleet {Fleet}. Claims are made and bans are published again.", EventName = "FleetDataLost")]
    public static partial void DataLost(ILogger logger, string fleet);

    [LoggerMessage(1104, LogLevel.Warning, "Redis was restarted, or another server has taken over. Claims of the fleet {Fleet} are made and bans are published again.", EventName = "FleetServerChanged")]
    public static partial void ServerChanged(ILogger logger, string fleet);

    [LoggerMessage(1105, LogLevel.Warning, "Other processes have claimed {Count} addresses while this one was away. Their connections are closed.", EventName = "ClaimsLost")]
    public static partial void ClaimsLost(ILogger logger, int count);

    [LoggerMessage(1106, LogLevel.Information, "{Count} addresses could not be claimed while Redis was away, and were not dialled.", EventName = "ClaimsRefused")]
    public static partial void ClaimsRefused(ILogger logger, long count);

    [LoggerMessage(1107, LogLevel.Warning, "{Count} of {Total} leases of the frontier {Frontier} have ended: others visit the addresses.", EventName = "LeasesLost")]
    public static partial void LeasesLost(ILogger logger, int count, int total, string frontier);

    [LoggerMessage(1108, LogLevel.Information, "The bans of the fleet were read: {Bans} bans and {Hosts} discouraged hosts.", EventName = "FleetBansRead")]
    public static partial void BansRead(ILogger logger, long bans, long hosts);

    [LoggerMessage(1109, LogLevel.Warning, "Changes of bans were missed, because there were too many or the stream is damaged: all are read again.", EventName = "FleetBansMissed")]
    public static partial void BansMissed(ILogger logger);

    [LoggerMessage(1110, LogLevel.Warning, "Bans can't be shared, and are tried again: {Problem}", EventName = "FleetBansNotShared")]
    public static partial void BansNotShared(ILogger logger, string problem);
}
