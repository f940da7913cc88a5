namespace Connmgr;

/// <summary>
/// The limits of inbound connections in addition to <see cref="ConnectionManagerOptions.MaxInbound"/>, checked before anything is read from
/// a connection or allocated for it. The defaults keep one operator from taking all places; a default that is derived from MaxInbound is
/// no limit without it. <see cref="int.MaxValue"/> switches a limit off. Not thread-safe.
/// </summary>
/// <remarks>
/// A host is, here as for scores and bans (<see cref="NetworkSubnet.FromHost"/>), an IPv4 address or the /64 of an IPv6 address. Addresses
/// count in their plain form, without the port. A connection of unknown origin, from a name, or from an address that is not publicly
/// routable (<see cref="NetworkAddress.IsRoutable"/>), behind which there may be a gateway or a whole network, is limited by the totals
/// alone; one that comes through an onion service by <see cref="ListenerProfile"/> instead of by address.
/// </remarks>
public sealed class InboundLimits : IValidatedOptions
{
    /// <summary>
    /// The most connections from one host, unfinished handshakes included; from 1. Null, the default: an eighth of
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 8.
    /// </summary>
    public int? MaxPerHost { get; set; }

    /// <summary>
    /// The most connections from one prefix, unfinished handshakes included; from 1. Null, the default: a quarter of
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 8.
    /// </summary>
    public int? MaxPerPrefix { get; set; }

    /// <summary>The number of bits that make a prefix of IPv4, from 1 to 32. Default 24.</summary>
    public int IPv4PrefixLength { get; set; } = 24;

    /// <summary>The number of bits that make a prefix of IPv6, from 1 to 128. Default 64.</summary>
    public int IPv6PrefixLength { get; set; } = 64;

    /// <summary>The most unfinished handshakes from one prefix, from 1. Default 8, as in btcd.</summary>
    public int MaxHandshakesPerPrefix { get; set; } = 8;

    /// <summary>
    /// The most unfinished handshakes in total, from 1; beyond, one of them makes room for the next as <see cref="EvictionEnabled"/> says. Null, the
    /// default: half of <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 32.
    /// </summary>
    public int? MaxHandshakes { get; set; }

    /// <summary>
    /// The most connections and attempts in both directions. Outbound ones go first: inbound ones leave room for
    /// <see cref="ConnectionManagerOptions.TargetOutbound"/> of them, and make room for those that are asked for by
    /// <see cref="ConnectionManager.Connect"/>. Places of <see cref="MaxAllowListed"/> are kept free too. At least TargetOutbound. Null, the
    /// default: no limit.
    /// </summary>
    public int? MaxConnections { get; set; }

    /// <summary>
    /// The connections per second that one host may open in the long run. More than 0. Default 0.2, as in dcrd. Positive infinity switches the
    /// limit off.
    /// </summary>
    public double AcceptsPerSecond { get; set; } = 0.2;

    /// <summary>The connections that one host may open at once, from 1. Default 3, as in dcrd.</summary>
    public int AcceptBurst { get; set; } = 3;

    /// <summary>
    /// The number of connections accepted within 60 s beyond which there is a flood, from 1. In a flood the rate holds for a whole /24 of
    /// IPv4 or /56 of IPv6, and a random share of those within it is refused too: from a fifth to 85 % at four times this number. Default
    /// 300. As in dcrd.
    /// </summary>
    public int FloodThreshold { get; set; } = 300;

    /// <summary>
    /// Ranges of addresses that none of these limits apply to, with their permissions. They have <see cref="MaxAllowListed"/> separate
    /// places, which others can't take. Default: none.
    /// </summary>
    public IList<AllowedRange> AllowList { get; set; } = [];

    /// <summary>
    /// The number of inbound connections from <see cref="AllowList"/> ranges in addition to
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>; further ones are treated as any others. From 0. Default 16.
    /// </summary>
    public int MaxAllowListed { get; set; } = 16;

    /// <summary>
    /// True to let an inbound connection beyond <see cref="ConnectionManagerOptions.MaxInbound"/> take the place of one that is worth less, by
    /// Bitcoin Core's rules: of 20 or fewer none, of 29 or more always one. The calls of the Report methods of <see cref="Connection"/> count;
    /// once a peer's use is reported, those that gave nothing within a minute go before others that nothing else protects. A program whose
    /// peers only consume should report none. Default true.
    /// </summary>
    public bool EvictionEnabled { get; set; } = true;

    /// <summary>The time after its acceptance for which a connection can't be evicted. From zero. Default zero, as in Bitcoin Core.</summary>
    public TimeSpan MinEvictionAge { get; set; }

    /// <summary>Gets all errors of the limits: those that <see cref="ConnectionManager.SetInboundLimitsAsync"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the limit and ends with the remedy. Empty if the limits are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. GetErrors(targetOutbound: 0)];

    /// <summary>Gets all errors of the limits of a manager that keeps a number of outbound connections, which need places too.</summary>
    internal IEnumerable<string> GetErrors(int targetOutbound)
    {
        foreach (var (name, value) in Counts)
        {
            if (value < 1)
                yield return Invariant($"{name} is {value}: use 1 or more, or int.MaxValue for no limit.");
        }

        if (IPv4PrefixLength is < 1 or > 32)
            yield return Invariant($"{nameof(IPv4PrefixLength)} is {IPv4PrefixLength}: use 1 to 32.");
        if (IPv6PrefixLength is < 1 or > 128)
            yield return Invariant($"{nameof(IPv6PrefixLength)} is {IPv6PrefixLength}: use 1 to 128.");
        if (!(AcceptsPerSecond > 0))
            yield return Invariant($"{nameof(AcceptsPerSecond)} is {AcceptsPerSecond}: use more than 0, or double.PositiveInfinity for no limit.");
        if (MaxAllowListed < 0)
            yield return Invariant($"{nameof(MaxAllowListed)} is {MaxAllowListed}: use 0 or more.");
        if (AllowList is null)
            yield return $"{nameof(AllowList)} is null: use an empty list for none.";
        else if (AllowList.Any(static range => range is null))
            yield return $"{nameof(AllowList)} contains null: leave it out.";
        if (MaxConnections < targetOutbound + (long)(AllowList is { Count: > 0 } ? MaxAllowListed : 0))
        {
            yield return Invariant($"{nameof(MaxConnections)} is {MaxConnections}, too few for TargetOutbound, {targetOutbound}, and the places of {nameof(AllowList)} ranges: ")
                + "raise it, or use null for no limit.";
        }

        if (MinEvictionAge < TimeSpan.Zero || MinEvictionAge > TimeSpan.FromDays(365))
            yield return $"{nameof(MinEvictionAge)} is {MinEvictionAge}: use zero or more, and no more than a year.";
    }

    internal InboundLimits Copy()
    {
        var copy = (InboundLimits)MemberwiseClone();
        copy.AllowList = [.. AllowList];
        return copy;
    }

    private IEnumerable<(string Name, int? Value)> Counts =>
    [
        (nameof(MaxPerHost), MaxPerHost), (nameof(MaxPerPrefix), MaxPerPrefix), (nameof(MaxHandshakesPerPrefix), MaxHandshakesPerPrefix),
        (nameof(MaxHandshakes), MaxHandshakes), (nameof(MaxConnections), MaxConnections), (nameof(AcceptBurst), AcceptBurst),
        (nameof(FloodThreshold), FloodThreshold),
    ];
}
