using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The options of an <see cref="AddressSeeder"/>: the seeds, and the delegates through which it acts. Validated and copied when the seeder is
/// created. Not thread-safe.
/// </summary>
/// <remarks>
/// One thread at a time calls the delegates, except for <see cref="FetchFrom"/>, <see cref="FetchFromKnown"/> and the look-ups. All except
/// these should return quickly.
/// </remarks>
public sealed class AddressSeederOptions : IValidatedOptions
{
    /// <summary>The chain, with its DNS seeds, its fixed seeds and the default port of its peers. Required.</summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// The peers to connect to only for their addresses, each with a port. Asked one after the other, in random order, by
    /// <see cref="FetchFrom"/>. Default none.
    /// </summary>
    public IReadOnlyList<EndPoint> SeedNodes { get; set; } = [];

    /// <summary>
    /// The service bits that peers must offer. DNS seeds are asked for them, and fixed seeds are assumed to offer them. Default
    /// NODE_NETWORK and NODE_WITNESS (9), as in Bitcoin Core.
    /// </summary>
    public ulong RequiredServices { get; set; } = 9;

    /// <summary>
    /// Further sets of service bits that DNS seeds with a filter are asked for, each by a separate query at the same time as
    /// <see cref="RequiredServices"/>: services that only some of the peers must offer. Default none.
    /// </summary>
    public IReadOnlyList<ulong> AdditionalServices { get; set; } = [];

    /// <summary>
    /// The service bits that DNS seeds are also asked for if <see cref="RequiredServices"/> has additional ones and no peer was found
    /// within <see cref="SeedingTimetable.FallbackDelay"/>: peers with these services know the addresses of peers with more. Default
    /// NODE_NETWORK and NODE_WITNESS (9), which nearly all peers offer.
    /// </summary>
    public ulong FallbackServices { get; set; } = 9;

    /// <summary>
    /// The reachable networks. Addresses of others do not count, and fixed seeds of others are not used. DNS seeds are only asked if IPv4
    /// or IPv6 is reachable, because DNS returns no other addresses. Default IPv4 and IPv6.
    /// </summary>
    public AddressNetworks ReachableNetworks { get; set; } = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>
    /// True to leave the lookup of names to a proxy. Then <see cref="DnsSeederOptions.Lookup"/> is not used; instead
    /// <see cref="FetchFrom"/> is called with the bare name of a DNS seed and the port of the chain, and the far end of the proxy resolves
    /// the name. Default false.
    /// </summary>
    public bool ResolveNamesThroughProxy { get; set; }

    /// <summary>
    /// The callback that looks up DNS seeds through the proxy, in addition to fetching from them, such as
    /// <see cref="TorResolver.LookupAsync"/>. Used with <see cref="ResolveNamesThroughProxy"/> only. Default none.
    /// </summary>
    public LookupFunc? LookupThroughProxy { get; set; }

    /// <summary>
    /// The callback that counts the known addresses of some networks. Required. For an <see cref="AddressBook"/>:
    /// <c>networks => book.GetCount(networks)</c>. An exception ends the run.
    /// </summary>
    public Func<AddressNetworks, int>? CountAddresses { get; set; }

    /// <summary>
    /// The callback that adds addresses, at least one, of a source. Required. For an <see cref="AddressBook"/>:
    /// <c>(addresses, source) => book.Add(addresses, source)</c>. An exception counts as a failure of the seed.
    /// </summary>
    public Action<IReadOnlyList<PeerAddress>, NetworkAddress>? AddAddresses { get; set; }

    /// <summary>The callback that counts the outbound peers with a complete handshake. Required. An exception ends the run.</summary>
    public Func<int>? CountOutbound { get; set; }

    /// <summary>
    /// The callback that connects to a peer, requests addresses, adds them to the book (with the peer as their source), disconnects, and
    /// returns their number, including known ones. May be called for several peers at once. An exception counts as a failure of the seed.
    /// Required if there are <see cref="SeedNodes"/> or <see cref="ResolveNamesThroughProxy"/> is set, otherwise not used. Default none.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<int>>? FetchFrom { get; set; }

    /// <summary>
    /// The callback that does the same with a known peer that it chooses, of any services; it returns null if there is no peer to ask.
    /// Called under the conditions of <see cref="FallbackServices"/>, once a second while there is no outbound peer, for up to four peers
    /// at once. An exception counts as no addresses. Default none.
    /// </summary>
    public Func<CancellationToken, ValueTask<int?>>? FetchFromKnown { get; set; }

    /// <summary>
    /// The time limit of <see cref="FetchFrom"/> and <see cref="FetchFromKnown"/>, after which their token is cancelled. A callback that
    /// ignores the token is not awaited. More than zero, at most 24 days. Default 2 min.
    /// </summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The callback that is called each time the addresses of a seed were added to the book. For a manager:
    /// <see cref="ConnectionManager.NotifyAddressesAvailable"/>. Exceptions are logged. Default none.
    /// </summary>
    public Action? OnAddressesAdded { get; set; }

    /// <summary>The callback that is called each time a seed has answered or failed. Exceptions are logged. Default none.</summary>
    public Action<SeedOutcome>? OnSeeded { get; set; }

    /// <summary>The timetable of the seeds.</summary>
    public SeedingTimetable Timetable { get; set; } = new();

    /// <summary>The options for DNS seeds. The seeder sets their clock, random numbers and logger.</summary>
    public DnsSeederOptions Dns { get; set; } = new();

    /// <summary>The clock, which also provides all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The random numbers for the order of the seeds, for jitter and for the ages of addresses. Do not share the instance. Null, the
    /// default: an instance seeded by the system.
    /// </summary>
    public Random? Random { get; set; }

    /// <summary>The factory of the loggers. Default none, which logs nothing.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="AddressSeeder"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() =>
    [
        .. ChainErrors(),
        .. Errors(),
        .. OptionsErrors.OfTimeout(nameof(FetchTimeout), FetchTimeout),
        .. OptionsErrors.Under(nameof(Timetable), Timetable),
        .. OptionsErrors.Under(nameof(Dns), Dns),
    ];

    /// <summary>Copies the options and the lists that they contain, so that later changes have no effect.</summary>
    internal AddressSeederOptions Copy()
    {
        var copy = (AddressSeederOptions)MemberwiseClone();
        copy.SeedNodes = [.. SeedNodes];
        copy.AdditionalServices = [.. AdditionalServices.Distinct().Where(services => services != RequiredServices)];
        copy.ReachableNetworks &= AddressNetworks.All;
        copy.Timetable = Timetable.Copy();
        copy.Dns = Dns.Copy();
        return copy;
    }

    private IEnumerable<string> ChainErrors()
    {
        if (Chain is null)
        {
            yield return $"{nameof(Chain)} is missing: set it to ChainParameters.Mainnet, for example.";
            yield break;
        }

        if (Chain.DefaultPort is < 1 or > ushort.MaxValue)
            yield return Invariant($"{nameof(Chain)} has the default port {Chain.DefaultPort}; give 1 to 65535.");
        if (Chain.DnsSeeds.IsDefault || Chain.FixedSeeds.IsDefault)
            yield return $"{nameof(Chain)} has a list of seeds that was not set: use [] for none.";
    }

    private IEnumerable<string> Errors()
    {
        if (CountAddresses is null)
            yield return $"{nameof(CountAddresses)} is missing: for an address book set it to networks => book.{nameof(AddressBook.GetCount)}(networks).";
        if (AddAddresses is null)
            yield return $"{nameof(AddAddresses)} is missing: for an address book set it to (addresses, source) => book.Add(addresses, source).";
        if (CountOutbound is null)
            yield return $"{nameof(CountOutbound)} is missing: set it to a function that returns the number of outbound peers.";
        if (SeedNodes is null)
            yield return $"{nameof(SeedNodes)} is null: use an empty list for none.";
        else if (SeedNodes.Any(static node => node is null))
            yield return $"{nameof(SeedNodes)} contains null: leave it out.";
        if (AdditionalServices is null)
            yield return $"{nameof(AdditionalServices)} is null: use an empty list for none.";
        if (FetchFrom is null && SeedNodes is { Count: > 0 and var count })
            yield return Invariant($"{nameof(SeedNodes)} has {count} entries but {nameof(FetchFrom)} is missing: set both or neither.");
        if (FetchFrom is null && ResolveNamesThroughProxy)
            yield return $"{nameof(ResolveNamesThroughProxy)} is set but {nameof(FetchFrom)} is missing: set both or neither.";
        if (Timetable is null)
            yield return $"{nameof(Timetable)} is null; leave it out for the defaults.";
        if (Dns is null)
            yield return $"{nameof(Dns)} is null; leave it out for the defaults.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
    }
}
