namespace Connmgr;

/// <summary>The stateless part of Bitcoin Core's rules for the choice of an address to dial, which depends on the address alone.</summary>
internal static class CandidateRules
{
    /// <summary>The maximum number of draws per choice.</summary>
    public const int MaxTries = 100;

    /// <summary>NODE_NETWORK or NODE_NETWORK_LIMITED: such a node may know addresses and is worth a test.</summary>
    private const ulong AnyNetwork = 1 | 1024;

    private const int TriesUntilRecentOnes = 30;
    private const int TriesUntilBadPorts = 50;
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    /// <summary>Determines whether an address was tried so recently that others come first.</summary>
    public static bool IsRecent(in AddressEntry entry, DateTimeOffset now) => now - entry.LastAttempt < Recent;

    /// <summary>Determines whether so many draws found nothing that addresses of the last resort are acceptable.</summary>
    public static bool IsLastResort(int tries) => tries >= TriesUntilBadPorts;

    /// <summary>Determines whether an address is acceptable at the n-th draw, from 1: later draws are less strict.</summary>
    public static bool Allow(in AddressEntry entry, int tries, ulong requiredServices, DateTimeOffset now) =>
        (tries >= TriesUntilRecentOnes || !IsRecent(entry, now))
        && (entry.Address.Services & requiredServices) == requiredServices
        && (tries >= TriesUntilBadPorts || !HasBadPort(entry.EndPoint));

    /// <summary>Determines the same for an address that is only tested.</summary>
    public static bool AllowFeeler(in AddressEntry entry, int tries, DateTimeOffset now) =>
        (entry.Address.Services & AnyNetwork) != 0 && Allow(entry, tries, requiredServices: 0, now);

    private static bool HasBadPort(in NetworkEndPoint endPoint) =>
        endPoint.Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6 && WellKnownServicePorts.Contains(endPoint.Port);
}
