using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>The facts that decide whether an inbound connection is kept or evicted. Times are those of the manager's clock; zero for never.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EvictionCandidate
{
    public required long Id { get; init; }

    /// <summary>The time when it connected.</summary>
    public required TimeSpan ConnectedAt { get; init; }

    /// <summary>The shortest round trip; the maximum if none was measured.</summary>
    public TimeSpan MinRoundTrip { get; init; } = TimeSpan.MaxValue;

    /// <summary>The time when it last provided a new valid block.</summary>
    public TimeSpan LastUsefulBlock { get; init; }

    /// <summary>The time when it last provided a new transaction that was accepted.</summary>
    public TimeSpan LastUsefulTransaction { get; init; }

    /// <summary>True when it offers all wanted services.</summary>
    public bool OffersWantedServices { get; init; }

    /// <summary>True when it relays transactions.</summary>
    public bool RelaysTransactions { get; init; }

    /// <summary>True when it has set a filter for them (BIP37).</summary>
    public bool FiltersTransactions { get; init; }

    /// <summary>Its netgroup, hashed with a secret.</summary>
    public ulong KeyedNetgroup { get; init; }

    /// <summary>The network that it came through: Tor for an onion service, although the address is 127.0.0.1.</summary>
    public AddressNetwork Network { get; init; } = AddressNetwork.IPv4;

    /// <summary>True when its address is one of this machine.</summary>
    public bool IsLocal { get; init; }

    /// <summary>True when it is evicted before all others, because its address is discouraged.</summary>
    public bool PrefersEviction { get; init; }

    /// <summary>True when it provided nothing for a while, although others did. (Not in Bitcoin Core.)</summary>
    public bool IsIdle { get; init; }

    /// <summary>True when it may not be evicted at all (noban, protected by the user, too young).</summary>
    public bool IsExempt { get; init; }

    public EvictionCandidate()
    {
    }
}
