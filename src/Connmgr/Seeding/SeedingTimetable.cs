namespace Connmgr;

/// <summary>
/// The timetable by which an <see cref="AddressSeeder"/> asks seeds. The defaults are those of Bitcoin Core, except for the pauses before a
/// seed is asked again, which Bitcoin Core never does. Validated when the seeder is created. Unless noted otherwise, times are from zero to
/// 24 days, and numbers 1 or more.
/// </summary>
public sealed class SeedingTimetable : IValidatedOptions
{
    /// <summary>
    /// The number of outbound peers with a complete handshake at which the seeding ends. Default 2. Set it to 1 for a program that needs
    /// only one peer.
    /// </summary>
    public int EnoughOutbound { get; set; } = 2;

    /// <summary>
    /// The head start of seed nodes, if there are any, before DNS seeds are asked. Default 30 s. It ends early if every seed node has been
    /// asked and the book is still empty.
    /// </summary>
    public TimeSpan SeedNodeHeadStart { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause between two seed nodes, and before the first unless the book is empty. More than zero. Default 10 s.</summary>
    public TimeSpan SeedNodeInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The number of DNS seeds asked at a time while the book has addresses; all are asked if it is empty. Default 3.</summary>
    public int DnsBatchSize { get; set; } = 3;

    /// <summary>
    /// The maximum time for which the first answers of DNS seeds wait for the others if the book is empty, from the first answer on. Default
    /// 1 s. Otherwise the seed that answers first would decide about all peers. Zero adds each answer at once. Bitcoin Core has no such time;
    /// it dials more slowly than seeds answer.
    /// </summary>
    public TimeSpan FirstAnswersWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time in which the addresses of the book are tried before DNS seeds are asked, and again after each batch of them, while the book
    /// has few addresses. More than zero. Default 11 s.
    /// </summary>
    public TimeSpan DnsInterval { get; set; } = TimeSpan.FromSeconds(11);

    /// <summary>The same time while the book has <see cref="ManyAddresses"/>. At least <see cref="DnsInterval"/>. Default 5 min.</summary>
    public TimeSpan LongDnsInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The number of addresses from which on the book counts as having many. Default 1000.</summary>
    public int ManyAddresses { get; set; } = 1000;

    /// <summary>
    /// The time after which the fixed seeds of each reachable network without an address in the book are added. Default 60 s. They are
    /// added at once if there is neither a DNS seed nor a seed node to ask.
    /// </summary>
    public TimeSpan FixedSeedDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The time without a peer after which, if more services are required than <see cref="AddressSeederOptions.FallbackServices"/>, DNS
    /// seeds are also asked for these services (5 min later while the book has <see cref="ManyAddresses"/>), and known peers of any
    /// services for addresses. Default 5 s.
    /// </summary>
    public TimeSpan FallbackDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The pause before a seed without addresses is asked again while there is no outbound peer. Multiplied by the number of its
    /// consecutive failures, at most <see cref="MaxRetryDuration"/>, and shortened by a random share of up to a half. More than zero.
    /// Default 1 min.
    /// </summary>
    public TimeSpan RetryDuration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The maximum of that pause, and the pause before a seed that returned addresses is asked again while there is no outbound peer: the
    /// addresses may be dead, or the answer forged. At least <see cref="RetryDuration"/>. Default 15 min.
    /// </summary>
    public TimeSpan MaxRetryDuration { get; set; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    IReadOnlyList<string> IValidatedOptions.GetErrors() =>
    [
        .. CountErrors(nameof(EnoughOutbound), EnoughOutbound),
        .. CountErrors(nameof(DnsBatchSize), DnsBatchSize),
        .. CountErrors(nameof(ManyAddresses), ManyAddresses),
        .. TimeErrors(nameof(SeedNodeHeadStart), SeedNodeHeadStart, TimeSpan.Zero),
        .. TimeErrors(nameof(FirstAnswersWait), FirstAnswersWait, TimeSpan.Zero),
        .. TimeErrors(nameof(SeedNodeInterval), SeedNodeInterval, TimeSpan.FromTicks(1)),
        .. TimeErrors(nameof(DnsInterval), DnsInterval, TimeSpan.FromTicks(1)),
        .. TimeErrors(nameof(LongDnsInterval), LongDnsInterval, DnsInterval),
        .. TimeErrors(nameof(FixedSeedDelay), FixedSeedDelay, TimeSpan.Zero),
        .. TimeErrors(nameof(FallbackDelay), FallbackDelay, TimeSpan.Zero),
        .. TimeErrors(nameof(RetryDuration), RetryDuration, TimeSpan.FromTicks(1)),
        .. TimeErrors(nameof(MaxRetryDuration), MaxRetryDuration, RetryDuration),
    ];

    /// <summary>Copies the timetable.</summary>
    internal SeedingTimetable Copy() => (SeedingTimetable)MemberwiseClone();

    private static IEnumerable<string> CountErrors(string name, int value)
    {
        if (value < 1)
            yield return Invariant($"{name} is {value}; give at least 1.");
    }

    private static IEnumerable<string> TimeErrors(string name, TimeSpan value, TimeSpan least)
    {
        if (value >= least && value.TotalMilliseconds <= int.MaxValue)
            yield break;
        var range = least > TimeSpan.FromTicks(1) ? $"at least {least}" : least > TimeSpan.Zero ? "more than zero" : "zero or more";
        yield return $"{name} is {value}; give {range} and at most 24 days.";
    }
}
