using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>The facts by which an inbound connection is kept or evicted. Moments are those of the manager's clock; zero for what never happened.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EvictionCandidate
{
    public required long Id { get; init; }

    /// <summary>The moment when it connected: the larger, the younger.</summary>
    public required TimeSpan ConnectedAt { get; init; }

    /// <summary>The shortest round trip; the longest there is when none was measured.</summary>
    public TimeSpan MinRoundTrip { get; init; } = TimeSpan.MaxValue;

    /// <summary>The moment when it last gave a valid block that was new.</summary>
    public TimeSpan LastUsefulBlock { get; init; }

    /// <summary>The moment when it last gave a transaction that was new and taken.</summary>
    public TimeSpan LastUsefulTransaction { get; init; }

    /// <summary>True when it offers all services that are wanted of a peer.</summary>
    public bool OffersWantedServices { get; init; }

    /// <summary>True when it relays transactions.</summary>
    public bool RelaysTransactions { get; init; }

    /// <summary>True when it has set a filter for them (BIP37).</summary>
    public bool FiltersTransactions { get; init; }

    /// <summary>Its netgroup, hashed with a secret.</summary>
    public ulong KeyedNetgroup { get; init; }

    /// <summary>The network it came through: Tor for an onion service, though the address is 127.0.0.1.</summary>
    public AddressNetwork Network { get; init; } = AddressNetwork.IPv4;

    /// <summary>True when its address is one of this machine.</summary>
    public bool IsLocal { get; init; }

    /// <summary>True when it goes before all others (its address is discouraged).</summary>
    public bool PrefersEviction { get; init; }

    /// <summary>True when it gave nothing for a while, though others did. (Not in Bitcoin Core.)</summary>
    public bool IsIdle { get; init; }

    /// <summary>True when it may not be evicted at all (noban, protected by the user, too young).</summary>
    public bool IsExempt { get; init; }

    public EvictionCandidate()
    {
    }
}
