using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Connmgr.Bitcoin;
using Connmgr.Fleet;

namespace Connmgr.Tool;

/// <summary>
/// All that a run opens and works out before its network starts. Owns the data directory, the world and, until a network takes them, the
/// listeners.
/// </summary>
internal sealed class RunContext : IAsyncDisposable
{
    private SharedReputation? _shared; // Null before the network is created, and without a fleet.

    private RunContext()
    {
    }

    public required RunOptions Options { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    /// <summary>The data directory, locked; null for none.</summary>
    public required DataDirectory? Directory { get; init; }

    public required NetworkWorld World { get; init; }

    /// <summary>The chain, with the seeds that the options name.</summary>
    public required ChainParameters Chain { get; init; }

    /// <summary>The lookup of DNS names; null for the system's resolver.</summary>
    public required LookupFunc? Lookup { get; init; }

    /// <summary>The number of automatic peers to keep.</summary>
    public required int Target { get; init; }

    /// <summary>The groups of these; empty for one without requirements.</summary>
    public ImmutableArray<PeerGroup> Groups => Target == 0 ? [] : Options.Groups;

    /// <summary>The peers to keep in addition.</summary>
    public required ImmutableArray<EndPoint> PermanentPeers { get; init; }

    public required RunFiles Files { get; init; }

    public required RunListeners Listeners { get; init; }

    /// <summary>The proxies; null for none.</summary>
    public required PeerNetworkProxies? Proxies { get; init; }

    public required INetgrouper Netgrouper { get; init; }

    /// <summary>The fleet; null for none.</summary>
    public required FleetConnection? Fleet { get; init; }

    /// <summary>Calls to the output, in addition to the events of the connection manager.</summary>
    public required Channel<Action<IRunOutput>> News { get; init; }

    /// <summary>Opens what a run needs.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="environment">The environment of the command.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="ToolException">The run can't start with these options.</exception>
    public static async Task<RunContext> OpenAsync(RunOptions options, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var time = environment.TimeProvider;
        var directory = options.DataDirectory is { } path ? DataDirectory.Open(path) : null;
        NetworkWorld? world = null;
        RunListeners? listeners = null;
        FleetConnection? fleet = null;
        try
        {
            world = options.CustomChain is { } custom ? new NetworkWorld { Chain = custom } : environment.OpenWorld(options.Network, time);
            var chain = await ReadChainAsync(world.Chain, options, cancellationToken).ConfigureAwait(false);
            var lookup = await DnsServerOption.ToLookupAsync(options.DnsServer, time, cancellationToken).ConfigureAwait(false);
            var target = await ChooseTargetAsync(options, world, chain, environment.Error).ConfigureAwait(false);
            if (options.FindTotalFault(target) is { } fault)
                throw new ToolException(fault);
            var permanentPeers = options.PermanentPeers(chain.DefaultPort);
            var outbound = world.Dial is null ? target + ConnectionManagerDefaults.MaxTrials + permanentPeers.Length : 0;
            var files = RunFiles.Compute(FileDescriptorUsage.GetCurrent(), options.Dashboard is not null, directory is not null, outbound);
            listeners = await RunListeners.OpenAsync(options.Listen, world, cancellationToken).ConfigureAwait(false);
            var news = Channel.CreateUnbounded<Action<IRunOutput>>(new UnboundedChannelOptions { SingleReader = true });
            if (options.Fleet is { } settings)
                fleet = await settings.JoinAsync(time, notice => news.Writer.TryWrite(output => output.Notice(time.GetUtcNow(), notice)), cancellationToken).ConfigureAwait(false);
            return new RunContext
            {
                Options = options,
                TimeProvider = time,
                Directory = directory,
                World = world,
                Chain = chain,
                Lookup = lookup ?? world.Lookup,
                Target = target,
                PermanentPeers = permanentPeers,
                Files = files,
                Listeners = listeners,
                Proxies = await RunProxies.OpenAsync(options, news.Writer, time, cancellationToken).ConfigureAwait(false),
                Netgrouper = await AsMapFile.OpenAsync(options.AsMap, cancellationToken).ConfigureAwait(false),
                News = news,
                Fleet = fleet,
            };
        }
        catch
        {
            await ReleaseAsync(listeners, world, directory, fleet).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates the network, which takes the listeners.</summary>
    public PeerNetwork CreateNetwork()
    {
        var listeners = Listeners.All;
        var protocol = new BitcoinPeerOptions
        {
            RequiredServices = (NodeServices)Chain.RequiredServices,
            ReceiveBudget = Options.ReceiveBudget,
            Transport = Options.Transport.Policy,
            TransportByNetwork = Options.Transport.ByNetwork,
        };
        Options.Identity.ApplyTo(protocol);
        var options = new PeerNetworkOptions
        {
            Chain = Chain,
            TargetOutbound = Groups.IsEmpty ? Target : ConnectionManagerDefaults.TargetOutbound,
            Groups = [.. Groups],
            PermanentPeers = [.. PermanentPeers],
            MaxInbound = Options.EffectiveMaxInbound,
            AddressSource = World.AddressSource,
            DataDirectory = Options.DataDirectory,
            Protocol = protocol,
            SeedNodes = [.. Options.SeedNodes.Select(node => node.ToEndPoint(Chain.DefaultPort))],
            ReachableNetworks = (Options.OnlyNetworks ?? AddressNetworks.All) & (AddressNetworks.IPv4 | AddressNetworks.IPv6),
            Proxies = Proxies,
            Netgrouper = Netgrouper,
            ExternalAddresses = [.. Options.ExternalAddresses],
            DiscoverAddresses = Options.Discover,
            PortMapping = Options.PortMapping,
            OnPortMappingChanged = state =>
            {
                var time = TimeProvider.GetUtcNow();
                News.Writer.TryWrite(output => output.PortMapping(time, state));
            },
            Lookup = Lookup,
            Policies = Options.ApplyTo(World.Policies),
            OnSeeded = outcome => News.Writer.TryWrite(output => output.Seeded(outcome)),
            Dial = World.Dial,
            TimeProvider = TimeProvider,
            LoggerFactory = new RunWarnings(News.Writer, TimeProvider),
            Configure = manager =>
            {
                (manager.Listeners, manager.InboundLimits) = ([.. manager.Listeners, .. listeners], Options.InboundLimits);
                manager.ReservedFileDescriptors += Files.Reserved;
            },
        };
        if (Fleet is not null)
            options.UseClaims(Fleet);
        var network = new PeerNetwork(options);
        Listeners.Detach();
        foreach (var known in network.ExternalAddresses.All)
            Report(known, isAdded: true);
        network.ExternalAddresses.Changed += (_, changed) => Report(changed.Address, changed.IsAdded);
        network.Quarantine.Added += (_, quarantined) =>
        {
            var time = TimeProvider.GetUtcNow();
            News.Writer.TryWrite(output => output.Quarantined(time, quarantined));
        };
        return network;

        void Report(ExternalAddress address, bool isAdded)
        {
            var time = TimeProvider.GetUtcNow();
            News.Writer.TryWrite(output => output.Reachable(time, address, isAdded));
        }
    }

    /// <summary>
    /// Shares the bans of the run with its fleet, if it has one, until the context is disposed of. Those of the fleet are there when this ends,
    /// if Redis answers; otherwise they come within a second after it does.
    /// </summary>
    public async Task ShareReputationAsync(PeerReputation reputation, CancellationToken cancellationToken)
    {
        if (Fleet is null)
            return;
        try
        {
            _shared = await SharedReputation.StartAsync(Fleet, reputation, cancellationToken).ConfigureAwait(false);
        }
        catch (FleetUnavailableException)
        {
            _shared = SharedReputation.Create(Fleet, reputation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
            await _shared.DisposeAsync().ConfigureAwait(false);
        await ReleaseAsync(Listeners, World, Directory, Fleet).ConfigureAwait(false);
    }

    private static async ValueTask ReleaseAsync(RunListeners? listeners, NetworkWorld? world, DataDirectory? directory, FleetConnection? fleet)
    {
        if (fleet is not null)
            await fleet.DisposeAsync().ConfigureAwait(false);
        if (listeners is not null)
            await listeners.DisposeAsync().ConfigureAwait(false);
        if (world is not null)
            await world.DisposeAsync().ConfigureAwait(false);
        directory?.Dispose();
    }

    /// <summary>Gets the chain with the seeds that the options name.</summary>
    private static async Task<ChainParameters> ReadChainAsync(ChainParameters chain, RunOptions options, CancellationToken cancellationToken)
    {
        chain = options.AsksDnsSeeds ? NetworkWorld.WithDnsSeeds(chain, options.DnsSeeds) : chain with { DnsSeeds = [] };
        return options.FixedPeers is { } path
            ? chain with { FixedSeeds = await FixedPeersFile.ReadAsync(path, chain.DefaultPort, cancellationToken).ConfigureAwait(false) }
            : chain;
    }

    /// <summary>Chooses the number of automatic peers: none where their addresses have no source, or where <c>--connect</c> names the only peers.</summary>
    private static async Task<int> ChooseTargetAsync(RunOptions options, NetworkWorld world, ChainParameters chain, TextWriter error)
    {
        var hasSeeds = !chain.DnsSeeds.IsEmpty || !chain.FixedSeeds.IsEmpty || !options.SeedNodes.IsEmpty;
        var hasBook = options.DataDirectory is { } directory && File.Exists(ChainDirectory.FromDataDirectory(directory, chain).Peers);
        var hasSource = world.AddressSource is not null || hasSeeds || hasBook;
        if (options.Connect.IsEmpty && hasSource)
            return options.WantedTarget;
        if (options.Target > 0 || !options.Groups.IsEmpty)
        {
            var why = options.Connect.IsEmpty
                ? $"{options.ChainName} has no DNS seeds; add --dns-seed or --seed-node, or peers with --add-peer or --connect"
                : "with --connect there are only the peers that it names; use --add-peer for peers in addition to automatic ones";
            await error.WriteLineAsync($"connmgr: {(options.Groups.IsEmpty ? $"--target {options.Target}" : "--group")} has no effect: {why}.").ConfigureAwait(false);
        }

        return 0;
    }
}
