using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The log messages of a <see cref="PeerNetwork"/>, event ids 400 to 499. Those that a peer can cause are limited in number.
/// </summary>
internal static partial class NetworkLog
{
    [LoggerMessage(400, LogLevel.Warning, "A file that can't be used was renamed to '{SetAside}', and a new one started: {Problem}",
        EventName = "FileSetAside")]
    public static partial void FileSetAside(ILogger logger, string problem, string? setAside);

    [LoggerMessage(401, LogLevel.Warning, "{Count} anchors are no longer dialled first: with them, the program ended uncleanly {Times} times in a row.",
        EventName = "AnchorsDropped")]
    public static partial void AnchorsDropped(ILogger logger, int count, int times);

    [LoggerMessage(402, LogLevel.Warning, "The address book or the anchors could not be written; trying again within a minute.",
        EventName = "NotSaved")]
    public static partial void SaveFailed(ILogger logger, Exception exception);

    [LoggerMessage(403, LogLevel.Error, "The {Part} stopped because of an internal error; the network continues without it.", EventName = "PartFailed")]
    public static partial void PartFailed(ILogger logger, Exception exception, string part);

    [LoggerMessage(404, LogLevel.Debug, "{Purpose}: connecting to {EndPoint}.", EventName = "PolicyDial")]
    public static partial void Policy(ILogger logger, PeerPurpose purpose, NetworkEndPoint endPoint);

    [LoggerMessage(406, LogLevel.Warning, "{Count} entries of '{File}' are not valid bans and were left out. The first: {Reason}.",
        EventName = "BansDropped")]
    public static partial void BansDropped(ILogger logger, int count, string file, string reason);

    [LoggerMessage(407, LogLevel.Error, "{Consequence}, because a file could not be written at the end. Free disk space, or make the data directory writable.",
        EventName = "LostAtEnd")]
    public static partial void Lost(ILogger logger, Exception? exception, string consequence);

    [LoggerMessage(410, LogLevel.Warning, "{Peer} sends unread messages faster than they are discarded, so it is read slowly. "
        + "{Others} other peers were slowed since the last such message.", EventName = "PeerSlowed")]
    public static partial void PeerSlowed(ILogger logger, EndPoint? peer, long others);

    [LoggerMessage(405, LogLevel.Information, "Opened '{Folder}': {Addresses} addresses, {Anchors} anchors.", EventName = "DirectoryOpened")]
    public static partial void Opened(ILogger logger, string folder, int addresses, int anchors);

    [LoggerMessage(408, LogLevel.Warning, "{Shortage}", EventName = "PeersMissing")]
    public static partial void PeersMissing(ILogger logger, ConnectionShortage shortage);

    [LoggerMessage(409, LogLevel.Information, "No peer is missing any more.", EventName = "NoPeersMissing")]
    public static partial void NoneMissing(ILogger logger);

    [LoggerMessage(411, LogLevel.Debug, "{EndPoint} is in quarantine until {Until:u}: {Cause}, {Times} times.", EventName = "Quarantined")]
    public static partial void Quarantined(ILogger logger, NetworkEndPoint endPoint, DateTimeOffset until, QuarantineCause cause, int times);

    [LoggerMessage(413, LogLevel.Information, "{Peer} takes the place of {Replaced}.", EventName = "PeerReplaced")]
    public static partial void Replaced(ILogger logger, EndPoint? peer, EndPoint? replaced);

    [LoggerMessage(414, LogLevel.Warning, "The encrypted transport (BIP324) is not available, so only v1 is spoken. {Obstacle}", EventName = "OnlyTransportV1")]
    public static partial void OnlyV1(ILogger logger, string obstacle);

    [LoggerMessage(415, LogLevel.Debug, "{Peer} did not answer the encrypted transport; dialling it again for v1.", EventName = "TransportFallback")]
    public static partial void TransportFallback(ILogger logger, EndPoint? peer);

    [LoggerMessage(416, LogLevel.Error, "The rating of peers threw an exception, so none was upgraded this time.", EventName = "UpgradeFailed")]
    public static partial void UpgradeFailed(ILogger logger, Exception exception);

    [LoggerMessage(417, LogLevel.Information, "Others can reach this node at {EndPoint} ({Origins}).", EventName = "ExternalAddressAdded")]
    public static partial void ExternalAddressAdded(ILogger logger, NetworkEndPoint endPoint, string origins);

    [LoggerMessage(418, LogLevel.Information, "Others can no longer reach this node at {EndPoint}.", EventName = "ExternalAddressRemoved")]
    public static partial void ExternalAddressRemoved(ILogger logger, NetworkEndPoint endPoint);

    [LoggerMessage(419, LogLevel.Information, "Checking {Count} connections after {Cause}.", EventName = "CheckingConnections")]
    public static partial void CheckingConnections(ILogger logger, string cause, int count);

    [LoggerMessage(420, LogLevel.Warning, "The system's clock is {Offset} {Side} the clocks of the peers: set it. Bans, addresses and blocks depend on it.", EventName = "ClockIsOff")]
    public static partial void ClockIsOff(ILogger logger, TimeSpan offset, string side);

    [LoggerMessage(412, LogLevel.Warning, "The quarantine was not read, and will not be saved: {Problem}", EventName = "QuarantineNotRead")]
    public static partial void QuarantineNotRead(ILogger logger, string problem);
}
