using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting;

/// <summary>The log events of hosting, ids 700 to 799. No peer can trigger them.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(700, LogLevel.Information, "Started: {Target} outbound connections wanted, {Permanent} permanent peers, listening at {Listening} addresses.",
        EventName = "HostedStarted")]
    public static partial void Started(ILogger logger, int target, int permanent, int listening);

    [LoggerMessage(701, LogLevel.Critical, "Not started: {Problem}", EventName = "HostedNotStarted")]
    public static partial void NotStarted(ILogger logger, string problem);

    [LoggerMessage(702, LogLevel.Information, "Stopped: every connection has ended.", EventName = "HostedStopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(703, LogLevel.Warning, "Not stopped completely within the host's shutdown time (HostOptions.ShutdownTimeout): {Left}",
        EventName = "HostedStopCutShort")]
    public static partial void CutShort(ILogger logger, string left);

    [LoggerMessage(704, LogLevel.Warning, "Stopped, but not by the host: something called StopAsync or RequestStop. It does not start again.",
        EventName = "HostedStoppedByItself")]
    public static partial void StoppedByItself(ILogger logger);

    [LoggerMessage(705, LogLevel.Information, "Settings changed and in force: {Settings}.", EventName = "SettingsChanged")]
    public static partial void Changed(ILogger logger, string settings);

    [LoggerMessage(706, LogLevel.Warning, "Changed settings that cannot change at run time; they take effect at the next start: {Settings}.",
        EventName = "SettingsChangedTooLate")]
    public static partial void ChangedTooLate(ILogger logger, string settings);

    [LoggerMessage(707, LogLevel.Error, "The changed settings are not valid; the previous ones stay in force. {Errors}", EventName = "SettingsNotValid")]
    public static partial void ChangeNotValid(ILogger logger, string errors);

    [LoggerMessage(708, LogLevel.Error, "The changed settings could not be applied.", EventName = "SettingsNotTakenUp")]
    public static partial void ChangeFailed(ILogger logger, Exception exception);

    [LoggerMessage(709, LogLevel.Warning, "The configuration section '{Section}' does not exist: the defaults and the program's settings are in force.",
        EventName = "SectionMissing")]
    public static partial void SectionMissing(ILogger logger, string? section);
}
