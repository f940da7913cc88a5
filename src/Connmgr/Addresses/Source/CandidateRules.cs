namespace Connmgr;

/// <summary>Bitcoin Core's rules for the choice of an address to dial, as far as they are about the address alone. Without state.</summary>
internal static class CandidateRules
{
    /// <summary>How often a choice draws before it gives up.</summary>
    public const int MaxTries = 100;

    /// <summary>NODE_NETWORK or NODE_NETWORK_LIMITED: what may know of addresses, and is worth a test.</summary>
    private const ulong AnyNetwork = 1 | 1024;

    private const int TriesUntilRecentOnes = 30;
    private const int TriesUntilBadPorts = 50;
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    /// <summary>Whether an address was tried so lately that others come first.</summary>
    public static bool IsRecent(in AddressEntry entry, DateTimeOffset now) => now - entry.LastAttempt < Recent;

    /// <summary>Whether the rules let an address pass at the n-th draw, from 1: with each the choice becomes less particular.</summary>
    public static bool Allow(in AddressEntry entry, int tries, ulong requiredServices, DateTimeOffset now) =>
        (tries >= TriesUntilRecentOnes || !IsRecent(entry, now))
        && (entry.Address.Services & requiredServices) == requiredServices
        && (tries >= TriesUntilBadPorts || !HasBadPort(entry.EndPoint));

    /// <summary>The same for an address that is only to be tested.</summary>
    public static bool AllowFeeler(in AddressEntry entry, int tries, DateTimeOffset now) =>
        (entry.Address.Services & AnyNetwork) != 0 && Allow(entry, tries, requiredServices: 0, now);

    private static bool HasBadPort(in NetworkEndPoint endPoint) =>
        endPoint.Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6 && WellKnownServicePorts.Contains(endPoint.Port);
}
