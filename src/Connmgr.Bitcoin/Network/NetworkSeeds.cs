namespace Connmgr.Bitcoin;

/// <summary>The seeding of the address book of a <see cref="PeerNetwork"/>: for all its peers, and for groups that lack any. Thread-safe.</summary>
internal sealed class NetworkSeeds
{
    private readonly NetworkState _state;
    private readonly AddressBookSource _source;
    private readonly NodeServices _services; // Those that every peer must offer.
    private readonly AddressSeederOptions _options; // Those of Seeder.
    private PeerGroups? _groups; // Set before the start.

    /// <summary>Creates the seeder. Nothing is asked before its task runs.</summary>
    /// <param name="options">The options of the network.</param>
    /// <param name="state">The tables of the network.</param>
    /// <param name="source">The source that draws from the address book.</param>
    /// <param name="fetcher">Fetches addresses from peers.</param>
    /// <param name="services">The services that every peer must offer.</param>
    /// <param name="networks">The networks that are dialled.</param>
    /// <param name="namesThroughProxy">True when names go to a proxy.</param>
    /// <param name="tally">Counts the addresses of seeds.</param>
    /// <param name="instanceName">The name of the network in measurements.</param>
    public NetworkSeeds(
        PeerNetworkOptions options,
        NetworkState state,
        AddressBookSource source,
        AddressFetcher fetcher,
        NodeServices services,
        AddressNetworks networks,
        bool namesThroughProxy,
        SourceTally tally,
        string instanceName)
    {
        (_state, _source, _services) = (state, source, services);
        _options = CreateOptions(options, fetcher, networks, namesThroughProxy, tally, instanceName);
        Seeder = new AddressSeeder(_options);
    }

    /// <summary>The seeder.</summary>
    public AddressSeeder Seeder { get; }

    /// <summary>Creates the tasks that seed.</summary>
    /// <param name="groups">The groups of outbound peers.</param>
    /// <param name="demand">Tells when addresses are wanted.</param>
    /// <param name="observesNetwork">True to follow the system's reports of network changes.</param>
    public IEnumerable<BackgroundTask> CreateTasks(PeerGroups groups, DemandedSource demand, bool observesNetwork)
    {
        _groups = groups;
        var seeding = new NetworkSeeding(Seeder, demand.Demand, observesNetwork);
        var later = new GroupSeeding(demand.Demand, () => [.. FindLackingServices(groups).Where(services => seeding.IsOver || !IsSeeded(services))], CreateGroupSeeder);
        groups.OnChanged = later.NotifyGroupsChanged;
        return [new("seeding", seeding.RunAsync), new("seeding of groups", later.RunAsync)];
    }

    private AddressSeederOptions CreateOptions(
        PeerNetworkOptions options, AddressFetcher fetcher, AddressNetworks networks, bool namesThroughProxy, SourceTally tally, string instanceName)
    {
        var seederOptions = new AddressSeederOptions
        {
            Chain = options.Chain,
            SeedNodes = [.. options.SeedNodes],
            RequiredServices = (ulong)GroupServices.GetCommon([.. options.Groups], _services),
            AdditionalServices = GroupServices.GetAdditional([.. options.Groups], _services),
            ReachableNetworks = networks,
            ResolveNamesThroughProxy = namesThroughProxy,
            LookupThroughProxy = options.Lookup ?? TorLink.CreateLookup(options.Proxies, options.TimeProvider),
            CountAddresses = counted => _state.Book.GetCount(counted),
            AddAddresses = (addresses, source) =>
            {
                _state.Book.Add(addresses, source);
                tally.Add(addresses.Count, source);
            },
            CountOutbound = CountOutboundForSeeds,
            FetchFrom = fetcher.FetchFromAsync,
            FetchFromKnown = fetcher.FetchFromKnownAsync,
            OnSeeded = options.OnSeeded,
            Timetable = new SeedingTimetable { EnoughOutbound = Math.Clamp(options.WantedOutbound, 1, 2) },
            Dns = new DnsSeederOptions { Lookup = options.Lookup, MeterFactory = options.MeterFactory, InstanceName = instanceName },
            TimeProvider = options.TimeProvider,
            LoggerFactory = options.LoggerFactory,
        };
        options.ConfigureSeeding?.Invoke(seederOptions);
        return seederOptions;
    }

    /// <summary>Creates a seeder that asks DNS seeds for the services of a group until a peer offers them.</summary>
    /// <returns>The seeder; null if no seed can be asked for services.</returns>
    private AddressSeeder? CreateGroupSeeder(NodeServices services)
    {
        var chain = _options.Chain! with { DnsSeeds = [.. _options.Chain!.DnsSeeds.Where(static seed => seed.SupportsServiceFilter)], FixedSeeds = [] };
        var lookup = _options.ResolveNamesThroughProxy ? _options.LookupThroughProxy : _options.Dns.Lookup;
        if (chain.DnsSeeds.IsEmpty || (_options.ResolveNamesThroughProxy && lookup is null))
            return null;
        var options = _options.Copy();
        (options.Chain, options.SeedNodes, options.AdditionalServices, options.ResolveNamesThroughProxy) = (chain, [], [], false);
        (options.RequiredServices, options.FallbackServices, options.FetchFromKnown) = ((ulong)services, (ulong)services, null);
        (options.Dns.Lookup, options.Timetable.EnoughOutbound) = (lookup, 1);
        options.CountAddresses = networks => _state.Book.TrySelect(out _, networks, services: (ulong)services) ? 1 : 0;
        options.CountOutbound = () => _state.Outbound.Has(services, AddressNetworks.All) ? 1 : 0;
        return new AddressSeeder(options);
    }

    /// <summary>
    /// Counts the outbound peers, at most one while a group has neither a peer nor an address: seeds that were not asked yet may know some.
    /// </summary>
    private int CountOutboundForSeeds() => _state.Outbound.Count is > 1 and var count && (_groups is not { } groups || FindLackingServices(groups).Count == 0) ? count : Math.Min(_state.Outbound.Count, 1);

    /// <summary>Finds the services of the groups that have neither a peer nor an address.</summary>
    private HashSet<NodeServices> FindLackingServices(PeerGroups groups)
    {
        HashSet<NodeServices> lacking = [];
        foreach (var group in groups.All)
        {
            var (services, networks) = (group.NeededServices | _services, group.Networks & _source.Networks);
            if (group.Target > 0 && networks != AddressNetworks.None && !lacking.Contains(services)
                && !_state.Outbound.Has(services, networks) && !_state.Book.TrySelect(out _, networks, services: (ulong)services))
                lacking.Add(services);
        }

        return lacking;
    }

    /// <summary>Determines whether <see cref="Seeder"/> asks for some services.</summary>
    private bool IsSeeded(NodeServices services) => (ulong)services == _options.RequiredServices || _options.AdditionalServices.Contains((ulong)services);
}
