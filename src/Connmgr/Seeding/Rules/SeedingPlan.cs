namespace Connmgr.Rules;

/// <summary>What there is to ask, and when.</summary>
/// <param name="Timetable">When.</param>
/// <param name="DnsSeeds">The number of DNS seeds.</param>
/// <param name="SeedNodes">The number of seed nodes.</param>
/// <param name="FixedNetworks">The reachable networks that there are fixed seeds of.</param>
internal sealed record SeedingPlan(SeedingTimetable Timetable, int DnsSeeds, int SeedNodes, AddressNetworks FixedNetworks)
{
    /// <summary>When fixed seeds may be taken.</summary>
    public TimeSpan FixedSeedsAt => DnsSeeds + SeedNodes == 0 ? TimeSpan.Zero : Timetable.FixedSeedDelay;
}
