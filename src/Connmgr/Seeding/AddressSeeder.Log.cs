using Microsoft.Extensions.Logging;

namespace Connmgr;

// Event ids 300 to 399 are the seeding's. One line for each time a seed is asked, which the timetable bounds; that of a DNS seed is the DnsSeeder's.
public sealed partial class AddressSeeder
{
    [LoggerMessage(EventId = 310, EventName = "SeedPeerAnswered", Level = LogLevel.Information, Message = "Seed {Name} gave {Count} addresses.")]
    private static partial void LogAnswered(ILogger logger, string name, int count);

    [LoggerMessage(EventId = 311, EventName = "SeedPeerFailed", Level = LogLevel.Information, Message = "Seed {Name} gave no addresses: {Failure}.")]
    private static partial void LogFailed(ILogger logger, string name, SeedFailure failure, Exception? exception);

    [LoggerMessage(EventId = 312, EventName = "FixedSeedsTaken", Level = LogLevel.Information,
        Message = "There was no address of {Networks}: took {Count} fixed seeds.")]
    private static partial void LogFixed(ILogger logger, AddressNetworks networks, int count);

    [LoggerMessage(EventId = 313, EventName = "SeedingCallbackFailed", Level = LogLevel.Error, Message = "{Callback} threw. The seeding goes on.")]
    private static partial void LogCallbackFailed(ILogger logger, string callback, Exception exception);

    [LoggerMessage(EventId = 314, EventName = "SeedingEnded", Level = LogLevel.Information,
        Message = "Seeding has ended with {Addresses} addresses and {Outbound} outbound peers.")]
    private static partial void LogEnded(ILogger logger, int addresses, int outbound);

    [LoggerMessage(EventId = 315, EventName = "KnownPeerFailed", Level = LogLevel.Debug, Message = "A known peer gave no addresses.")]
    private static partial void LogKnownFailed(ILogger logger, Exception exception);
}
