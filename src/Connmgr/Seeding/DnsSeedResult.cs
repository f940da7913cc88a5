namespace Connmgr;

/// <summary>What a whole round of DNS seeding gave. Immutable.</summary>
public sealed record DnsSeedResult
{
    /// <summary>One outcome for each seed of the chain, in the order in which they ended.</summary>
    public required IReadOnlyList<DnsSeedOutcome> Seeds { get; init; }

    /// <summary>The number of addresses over all seeds. An address that two seeds named counts twice.</summary>
    public int AddressCount => Seeds.Sum(seed => seed.Addresses.Count);

    /// <summary>The number of seeds that gave at least one address.</summary>
    public int AnsweredCount => Seeds.Count(seed => seed.Failure == DnsSeedFailure.None);
}
