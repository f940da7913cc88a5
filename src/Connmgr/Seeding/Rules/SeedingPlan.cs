namespace Connmgr.Rules;

/// <summary>The seeds, and their timetable.</summary>
/// <param name="Timetable">The timetable.</param>
/// <param name="DnsSeeds">The number of DNS seeds.</param>
/// <param name="SeedNodes">The number of seed nodes.</param>
/// <param name="FixedNetworks">The reachable networks that there are fixed seeds of.</param>
internal sealed record SeedingPlan(SeedingTimetable Timetable, int DnsSeeds, int SeedNodes, AddressNetworks FixedNetworks)
{
    /// <summary>The time from which fixed seeds may be used.</summary>
    public TimeSpan FixedSeedsAt => DnsSeeds + SeedNodes == 0 ? TimeSpan.Zero : Timetable.FixedSeedDelay;
}
