namespace Connmgr;

/// <summary>
/// The limits of inbound connections in addition to <see cref="ConnectionManagerOptions.MaxInbound"/>, checked before anything is read from
/// a connection or allocated for it. The defaults prevent one operator from taking all places. A default that is derived from MaxInbound
/// means no limit without it. <see cref="int.MaxValue"/> switches a limit off. Not thread-safe.
/// </summary>
/// <remarks>
/// As for scores and bans (<see cref="NetworkSubnet.FromHost"/>), a host is an IPv4 address or the /64 of an IPv6 address. Addresses count
/// in their plain form, without the port. Only the totals limit a connection of unknown origin, from a name, or from an address that is not
/// publicly routable (<see cref="NetworkAddress.IsRoutable"/>), because there may be a gateway or a whole network behind it.
/// <see cref="ListenerProfile"/> limits connections through an onion service.
/// </remarks>
public sealed class InboundLimits : IValidatedOptions
{
    /// <summary>
    /// The maximum number of connections from one host, including unfinished handshakes; 1 or more. Null, the default: an eighth of
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 8.
    /// </summary>
    public int? MaxPerHost { get; set; }

    /// <summary>
    /// The maximum number of connections from one prefix, including unfinished handshakes; 1 or more. Null, the default: a quarter of
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 8.
    /// </summary>
    public int? MaxPerPrefix { get; set; }

    /// <summary>The length of an IPv4 prefix in bits, from 1 to 32. Default 24.</summary>
    public int IPv4PrefixLength { get; set; } = 24;

    /// <summary>The length of an IPv6 prefix in bits, from 1 to 128. Default 64.</summary>
    public int IPv6PrefixLength { get; set; } = 64;

    /// <summary>The maximum number of unfinished handshakes from one prefix, 1 or more. Default 8, as in btcd.</summary>
    public int MaxHandshakesPerPrefix { get; set; } = 8;

    /// <summary>
    /// The maximum number of unfinished handshakes in total, 1 or more. Beyond it one of them is evicted for the next if
    /// <see cref="EvictionEnabled"/> is set. Null, the default: half of <see cref="ConnectionManagerOptions.MaxInbound"/>, at least 32.
    /// </summary>
    public int? MaxHandshakes { get; set; }

    /// <summary>
    /// The maximum number of connections and attempts in both directions. Outbound ones have priority: inbound ones leave room for
    /// <see cref="ConnectionManagerOptions.TargetOutbound"/> of them, and are evicted for those that
    /// <see cref="ConnectionManager.Connect"/> requests. The places of <see cref="MaxAllowListed"/> are kept free too. At least
    /// TargetOutbound. Null, the default: no limit.
    /// </summary>
    public int? MaxConnections { get; set; }

    /// <summary>
    /// The number of connections per second that one host may open in the long run. More than 0. Default 0.2, as in dcrd. Positive infinity
    /// switches off the limit.
    /// </summary>
    public double AcceptsPerSecond { get; set; } = 0.2;

    /// <summary>The number of connections that one host may open at once, 1 or more. Default 3, as in dcrd.</summary>
    public int AcceptBurst { get; set; } = 3;

    /// <summary>
    /// The number of connections accepted within 60 s above which there is a flood, 1 or more. In a flood the rate applies to a whole /24
    /// of IPv4 or /56 of IPv6, and a random share of the connections within the rate is refused too: from a fifth to 85 % at four times
    /// this number. Default 300. As in dcrd.
    /// </summary>
    public int FloodThreshold { get; set; } = 300;

    /// <summary>
    /// The ranges of addresses that are exempt from these limits, with their permissions. They have <see cref="MaxAllowListed"/> separate
    /// places, which other connections cannot take. Default: none.
    /// </summary>
    public IList<AllowedRange> AllowList { get; set; } = [];

    /// <summary>
    /// The number of inbound connections from <see cref="AllowList"/> ranges in addition to
    /// <see cref="ConnectionManagerOptions.MaxInbound"/>; further ones are treated like all others. 0 or more. Default 16.
    /// </summary>
    public int MaxAllowListed { get; set; } = 16;

    /// <summary>
    /// True to let an inbound connection beyond <see cref="ConnectionManagerOptions.MaxInbound"/> take the place of one that is worth less,
    /// by Bitcoin Core's rules: of 20 or fewer none, of 29 or more always one. The calls of the Report methods of <see cref="Connection"/>
    /// count; once a peer's use is reported, those that gave nothing within a minute go before others that nothing else protects. A program
    /// whose peers only consume should report none. Default true.
    /// </summary>
    public bool EvictionEnabled { get; set; } = true;

    /// <summary>The time after its acceptance for which a connection cannot be evicted. Zero or more. Default zero, as in Bitcoin Core.</summary>
    public TimeSpan MinEvictionAge { get; set; }

    /// <summary>Gets all errors of the limits: those that <see cref="ConnectionManager.SetInboundLimitsAsync"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the limit and ends with the remedy. Empty if the limits are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. GetErrors(targetOutbound: 0)];

    /// <summary>Gets all errors of the limits for a manager with a number of outbound connections, which need places too.</summary>
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
