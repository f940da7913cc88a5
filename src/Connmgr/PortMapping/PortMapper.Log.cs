using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <content>The log lines, event ids 900 to 999. A gateway can cause them, so warnings are bounded in number.</content>
internal sealed partial class PortMapper
{
    [LoggerMessage(900, LogLevel.Information, "A port is mapped: {Mapping}.", EventName = "PortMapped")]
    private static partial void LogMapped(ILogger logger, PortMapping mapping);

    [LoggerMessage(901, LogLevel.Information, "A port is no longer mapped: {Mapping}.", EventName = "PortMappingEnded")]
    private static partial void LogEnded(ILogger logger, PortMapping mapping);

    [LoggerMessage(902, LogLevel.Warning, "{Failure} Trying again until it works.", EventName = "PortNotMapped")]
    private static partial void LogNotMapped(ILogger logger, string failure);

    [LoggerMessage(903, LogLevel.Warning, "The gateway {Gateway} maps a port to {External}, which is not public: it is behind another NAT, so peers can't connect.",
        EventName = "PortMappingNotPublic")]
    private static partial void LogNotPublic(ILogger logger, IPAddress gateway, NetworkEndPoint external);

    [LoggerMessage(904, LogLevel.Debug, "The mapping of {Local} could not be removed: {Reason}. The gateway removes it when its time is over.", EventName = "PortMappingNotRemoved")]
    private static partial void LogNotRemoved(ILogger logger, IPEndPoint local, string reason);

    [LoggerMessage(905, LogLevel.Error, "OnPortMappingChanged threw an exception. The port mapping continues.", EventName = "PortMappingCallbackFailed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception);
}
