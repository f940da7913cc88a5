using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>The seeds and their timetable.</summary>
/// <param name="Timetable">The timetable.</param>
/// <param name="DnsSeeds">The number of DNS seeds.</param>
/// <param name="SeedNodes">The number of seed nodes.</param>
/// <param name="FixedNetworks">The reachable networks for which there are fixed seeds.</param>
internal sealed record SeedingPlan(SeedingTimetable Timetable, int DnsSeeds, int SeedNodes, AddressNetworks FixedNetworks)
{
    /// <summary>The time from which fixed seeds may be used.</summary>
    public TimeSpan FixedSeedsAt => DnsSeeds + SeedNodes == 0 ? TimeSpan.Zero : Timetable.FixedSeedDelay;
}

/// <summary>The facts that the rules of seeding depend on.</summary>
/// <param name="Now">The time since the seeding began.</param>
/// <param name="Addresses">The number of addresses in the book, of reachable networks.</param>
/// <param name="EmptyNetworks">The reachable networks for which the book has no address.</param>
/// <param name="Outbound">The number of outbound peers with a complete handshake.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SeedingView(TimeSpan Now, int Addresses, AddressNetworks EmptyNetworks, int Outbound);
