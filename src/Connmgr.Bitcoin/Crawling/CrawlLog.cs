using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>The log messages of a <see cref="NetworkCrawler"/>, event ids 1000 to 1099. None is caused by a peer alone but at Debug.</summary>
internal static partial class CrawlLog
{
    [LoggerMessage(1000, LogLevel.Information, "Round {Round} is over after {Duration}: {Reached} of {Visits} addresses were reached.", EventName = "RoundEnded")]
    public static partial void RoundEnded(ILogger logger, long round, TimeSpan duration, long reached, long visits);

    [LoggerMessage(1001, LogLevel.Warning, "The frontier can't be reached, so no visits begin; trying again. {Problem}", EventName = "FrontierUnavailable")]
    public static partial void FrontierUnavailable(ILogger logger, string problem);

    [LoggerMessage(1002, LogLevel.Information, "The frontier can be reached again.", EventName = "FrontierAvailable")]
    public static partial void FrontierAvailable(ILogger logger);

    [LoggerMessage(1003, LogLevel.Warning, "There is no address to begin with; asking the DNS seeds again in {Pause}.", EventName = "NoStartAddresses")]
    public static partial void NoAddresses(ILogger logger, TimeSpan pause);

    [LoggerMessage(1004, LogLevel.Debug, "The lease of {EndPoint} was lost, so its visit does not count.", EventName = "LeaseLost")]
    public static partial void LeaseLost(ILogger logger, NetworkEndPoint endPoint);

    [LoggerMessage(1005, LogLevel.Warning, "Nothing answers any more: the network of this machine seems to be down. Visits pause, and none that ends without an answer counts.", EventName = "CrawlOutageBegan")]
    public static partial void OutageBegan(ILogger logger);

    [LoggerMessage(1006, LogLevel.Information, "Something answers again, so the crawl goes on.", EventName = "CrawlOutageEnded")]
    public static partial void OutageEnded(ILogger logger);
}
