using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>One <c>connmgr run</c>: opens what it needs, runs, closes it again.</summary>
internal sealed class RunSession(RunOptions options, ToolEnvironment environment)
{
    /// <summary>Runs until it is asked to end, or full when that was asked for.</summary>
    /// <param name="stop">Asks it to end.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ToolException">It could not begin, or not write what happens.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var directory = options.DataDirectory is { } path ? DataDirectory.Open(path) : null;
        var world = environment.OpenWorld(options.Network, environment.TimeProvider);
        await using (world.ConfigureAwait(false))
        {
            var chain = await ChainAsync(world.Chain, stop).ConfigureAwait(false);
            var lookup = await DnsServerOption.ToLookupAsync(options.DnsServer, stop).ConfigureAwait(false) ?? world.Lookup;
            var target = await TargetAsync(world, chain).ConfigureAwait(false);
            CheckTotal(target);
            var permanent = PermanentPeers(world.Chain.DefaultPort);
            var listeners = await ListenAsync(world, stop).ConfigureAwait(false);
            var news = Channel.CreateUnbounded<Action<IRunOutput>>(new UnboundedChannelOptions { SingleReader = true });
            var proxies = await RunProxies.OpenAsync(options, news.Writer, environment.TimeProvider, stop).ConfigureAwait(false);
            var network = await OpenAsync(world, chain, lookup, proxies, target, permanent, listeners, news.Writer).ConfigureAwait(false);
            await using (network.ConfigureAwait(false))
            {
                var info = new RunInfo(
                    Names.Of(options.Network), target, permanent, [.. listeners.Select(listener => listener.LocalEndPoint)], MaxInbound);
                var rooms = RunRooms.Of(network, info, world.Chain, environment.TimeProvider);
                var dashboard = await ShowAsync(rooms, directory, news.Writer).ConfigureAwait(false);
                try
                {
                    if (directory is null)
                        return await PumpAsync(network, info, news.Reader, stop).ConfigureAwait(false);
                    var control = ControlServer.Start(directory, info.Network, rooms.Handlers, environment.TimeProvider);
                    await using (control.ConfigureAwait(false))
                        return await PumpAsync(network, info, news.Reader, stop).ConfigureAwait(false);
                }
                finally
                {
                    if (dashboard is not null)
                        await dashboard.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private int MaxInbound => options.MaxInbound ?? new PeerNetworkOptions().MaxInbound!.Value;

    private void CheckTotal(int target)
    {
        var kept = target + (options.InboundLimits.Allowed.Count > 0 ? options.InboundLimits.AllowedBudget : 0);
        if (options.InboundLimits.MaxConnections < kept)
        {
            throw new ToolException(
                $"--max-connections is {options.InboundLimits.MaxConnections}, and {kept} places are kept for --target and for peers of --allow: use at least {kept}");
        }
    }

    /// <summary>Serves the dashboard that was asked for.</summary>
    /// <returns>What ends it; null when none was asked for.</returns>
    private async Task<IAsyncDisposable?> ShowAsync(RunRooms rooms, DataDirectory? directory, ChannelWriter<Action<IRunOutput>> news)
    {
        if (options.Dashboard is not { } settings)
            return null;
        var dashboard = await DashboardServer.StartAsync(settings, rooms, directory, environment.TimeProvider).ConfigureAwait(false);
        var (time, text) = (environment.TimeProvider.GetUtcNow(), dashboard.Invitation);
        news.TryWrite(output => output.Notice(time, text));
        return dashboard;
    }

    private async Task<int> PumpAsync(PeerNetwork network, RunInfo info, ChannelReader<Action<IRunOutput>> news, CancellationToken stop)
    {
        RunSummary summary;
        try
        {
            using var output = RunOutputs.Open(options, environment);
            summary = await new RunPump(network, output, info, news, options, environment.TimeProvider).RunAsync(stop).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new ToolException($"can't write to standard output any more: {exception.Message}", exception);
        }

        if (summary.Missing.IsEmpty)
            return ExitCode.Success;
        var why = summary.End == RunEnd.TimedOut
            ? $"not full after {options.Timeout!.Value.TotalSeconds} s"
            : "interrupted before it was full";
        await environment.Error.WriteLineAsync($"connmgr: {why}; missing:").ConfigureAwait(false);
        foreach (var missing in summary.Missing)
            await environment.Error.WriteLineAsync($"  {missing}").ConfigureAwait(false);
        return ExitCode.Failure;
    }

    /// <summary>
    /// The number of automatic peers to keep: none when there is nowhere to get them from, or others were asked for alone.
    /// </summary>
    private async Task<int> TargetAsync(NetworkWorld world, ChainParameters chain)
    {
        var hasSeeds = !chain.DnsSeeds.IsEmpty || !chain.FixedSeeds.IsEmpty || !options.SeedNodes.IsEmpty;
        var hasBook = options.DataDirectory is { } directory && File.Exists(ChainFiles.Of(directory, chain).Peers);
        var hasNobody = world.AddressSource is null && !hasSeeds && !hasBook;
        if (options.Connect.IsEmpty && !hasNobody)
            return options.Target ?? ConnectionManagerDefaults.TargetOutbound;
        if (options.Target > 0)
        {
            var why = options.Connect.IsEmpty
                ? $"{Names.Of(options.Network)} has no DNS seeds; name some by --dns-seed or --seed-node, or peers by --add-peer or --connect"
                : "--connect connects to the peers that it names alone; use --add-peer for peers beside automatic ones";
            await environment.Error.WriteLineAsync($"connmgr: --target {options.Target} has no effect: {why}.").ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>The chain with the seeds that were asked for.</summary>
    private async Task<ChainParameters> ChainAsync(ChainParameters chain, CancellationToken cancellationToken)
    {
        if (!options.DnsSeeds.IsEmpty)
        {
            chain = chain with
            {
                DnsSeeds = [.. options.DnsSeeds.Select(seed => new DnsSeed(seed.Name ?? seed.Address!.ToString(), HasFiltering: seed.Name is not null))],
            };
        }

        return options.FixedPeers is { } path
            ? chain with { FixedSeeds = await FixedPeersFile.ReadAsync(path, chain.DefaultPort, cancellationToken).ConfigureAwait(false) }
            : chain;
    }

    private ImmutableArray<EndPoint> PermanentPeers(int defaultPort) =>
        [.. options.Connect.Concat(options.AddPeers).Select(peer => peer.ToEndPoint(defaultPort)).Distinct()];

    private async Task<PeerNetwork> OpenAsync(
        NetworkWorld world,
        ChainParameters chain,
        LookupFunc? lookup,
        PeerNetworkProxies? proxies,
        int target,
        ImmutableArray<EndPoint> permanent,
        List<IConnectionListener> listeners,
        ChannelWriter<Action<IRunOutput>> news)
    {
        try
        {
            return new PeerNetwork(new PeerNetworkOptions
            {
                Chain = chain,
                TargetOutbound = target,
                PermanentPeers = [.. permanent],
                MaxInbound = MaxInbound,
                AddressSource = world.AddressSource,
                DataDirectory = options.DataDirectory,
                SeedNodes = [.. options.SeedNodes.Select(node => node.ToEndPoint(chain.DefaultPort))],
                ReachableNetworks = (options.OnlyNetworks ?? AddressNetworks.All) & (AddressNetworks.IPv4 | AddressNetworks.IPv6),
                Proxies = proxies,
                Lookup = lookup,
                OnSeeded = outcome => news.TryWrite(output => output.Seeded(outcome)),
                Dial = world.Dial,
                TimeProvider = environment.TimeProvider,
                Configure = manager => (manager.Listeners, manager.InboundLimits) = ([.. manager.Listeners, .. listeners], options.InboundLimits),
            });
        }
        catch
        {
            await CloseAsync(listeners).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<List<IConnectionListener>> ListenAsync(NetworkWorld world, CancellationToken cancellationToken)
    {
        var listeners = new List<IConnectionListener>();
        try
        {
            foreach (var host in options.Listen)
            {
                foreach (var address in await ResolveAsync(host, cancellationToken).ConfigureAwait(false))
                    listeners.Add(world.Listen(new IPEndPoint(address, host.Port!.Value)));
            }

            return listeners;
        }
        catch (Exception exception)
        {
            await CloseAsync(listeners).ConfigureAwait(false);
            if (exception is IOException or SocketException)
                throw new ToolException(exception.Message.TrimEnd('.') + ".", exception);
            throw;
        }
    }

    private static async Task CloseAsync(List<IConnectionListener> listeners)
    {
        foreach (var listener in listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The addresses of a local name, such as both of localhost.</summary>
    private static async Task<IEnumerable<IPAddress>> ResolveAsync(HostPort host, CancellationToken cancellationToken)
    {
        if (host.Address is { } address)
            return [address];
        try
        {
            return (await Dns.GetHostAddressesAsync(host.Name!, cancellationToken).ConfigureAwait(false)).Distinct();
        }
        catch (SocketException exception)
        {
            throw new ToolException(
                $"can't listen on {host}: the name does not resolve ({exception.Message}). Give --listen an address of this machine.",
                exception);
        }
    }
}
