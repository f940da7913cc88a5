using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>One <c>connmgr run</c>: opens what it needs, runs, closes it again.</summary>
/// <param name="configuration">What it is to do.</param>
/// <param name="loader">Reads that again at a SIGHUP.</param>
/// <param name="environment">The world around it.</param>
internal sealed class RunSession(RunConfiguration configuration, RunConfigurationLoader loader, ToolEnvironment environment)
{
    private readonly RunOptions _options = configuration.Options;

    /// <summary>Runs until it is asked to end, or full when that was asked for.</summary>
    /// <param name="stop">Asks it to end.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ToolException">It could not begin, or not write what happens.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        // A terminal that is gone takes the run with it; to a service a SIGHUP means that its configuration is to be read again.
        var mayReload = environment.Terminal is null && (configuration.File is not null || ServiceManager.IsThere(environment.Variables));
        var reloads = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hangups = environment.OnHangup?.Invoke(mayReload ? () => reloads.Writer.TryWrite(item: true) : () => gone.TrySetResult());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = RunAsync(reloads.Reader, ended.Token);
        await Task.WhenAny(running, gone.Task).ConfigureAwait(false);
        if (gone.Task.IsCompleted)
            await ended.CancelAsync().ConfigureAwait(false);
        return await running.ConfigureAwait(false);
    }

    private async Task<int> RunAsync(ChannelReader<bool> reloads, CancellationToken stop)
    {
        using var directory = _options.DataDirectory is { } path ? DataDirectory.Open(path) : null;
        var world = environment.OpenWorld(_options.Network, environment.TimeProvider);
        await using (world.ConfigureAwait(false))
        {
            var chain = await ChainAsync(world.Chain, stop).ConfigureAwait(false);
            var lookup = await DnsServerOption.ToLookupAsync(_options.DnsServer, environment.TimeProvider, stop).ConfigureAwait(false) ?? world.Lookup;
            var target = await TargetAsync(world, chain).ConfigureAwait(false);
            if (_options.FaultOfTotal(target) is { } fault)
                throw new ToolException(fault);
            var permanent = _options.PermanentPeers(world.Chain.DefaultPort);
            var files = RunFiles.Of(FileDescriptors.Read(), _options.Dashboard is not null, directory is not null, world.Dial is null ? target + permanent.Length : 0);
            var listeners = await ListenAsync(world, stop).ConfigureAwait(false);
            var news = Channel.CreateUnbounded<Action<IRunOutput>>(new UnboundedChannelOptions { SingleReader = true });
            var proxies = await RunProxies.OpenAsync(_options, news.Writer, environment.TimeProvider, stop).ConfigureAwait(false);
            var netgrouper = await AsMapFile.OpenAsync(_options.AsMap, stop).ConfigureAwait(false);
            var network = await OpenAsync(world, chain, lookup, proxies, netgrouper, target, permanent, listeners, files, news.Writer).ConfigureAwait(false);
            await using (network.ConfigureAwait(false))
            {
                var info = new RunInfo(
                    Names.Of(_options.Network), target, permanent, [.. listeners.Select(listener => listener.LocalEndPoint)], _options.MostInbound);
                var reloader = new RunReloader(
                    configuration, loader, network.Connections, world.Chain.DefaultPort, reloads, news.Writer, environment.TimeProvider);
                await using var serving = reloader.ConfigureAwait(false);
                var memory = new MemoryReturn(environment.TimeProvider, environment.ResidentMemory, environment.CollectGarbage);
                await using var returning = memory.ConfigureAwait(false);
                var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var rooms = RunRooms.Of(network, info, world.Chain, environment.TimeProvider, started.Task);
                var dashboard = await ShowAsync(rooms, directory, files, news.Writer).ConfigureAwait(false);
                info = info with { DashboardLink = dashboard?.Link };
                try
                {
                    if (directory is null)
                        return await PumpAsync(network, info, news.Reader, started, stop).ConfigureAwait(false);
                    var control = ControlServer.Start(directory, info.Network, rooms.Handlers, environment.TimeProvider, files.ControlClients);
                    await using (control.ConfigureAwait(false))
                        return await PumpAsync(network, info, news.Reader, started, stop).ConfigureAwait(false);
                }
                finally
                {
                    if (dashboard is not null)
                        await dashboard.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Serves the dashboard that was asked for.</summary>
    /// <returns>It; null when none was asked for.</returns>
    private async Task<DashboardServer?> ShowAsync(RunRooms rooms, DataDirectory? directory, RunFiles files, ChannelWriter<Action<IRunOutput>> news)
    {
        if (_options.Dashboard is not { } settings)
            return null;
        settings = settings with { MostConnections = files.DashboardPlaces };
        var dashboard = await DashboardServer.StartAsync(settings, rooms, directory, environment.TimeProvider).ConfigureAwait(false);
        var (time, text) = (environment.TimeProvider.GetUtcNow(), dashboard.Invitation);
        news.TryWrite(output => output.Notice(time, text));
        return dashboard;
    }

    private async Task<int> PumpAsync(
        PeerNetwork network, RunInfo info, ChannelReader<Action<IRunOutput>> news, TaskCompletionSource started, CancellationToken stop)
    {
        RunSummary summary;
        try
        {
            using var output = RunOutputs.Open(_options, environment);
            summary = await new RunPump(network, output, info, news, started, _options, environment.TimeProvider).RunAsync(stop).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new ToolException($"can't write to standard output any more: {exception.Message}", exception);
        }

        var why = summary.End == RunEnd.TimedOut
            ? string.Create(CultureInfo.InvariantCulture, $"not full after {_options.Timeout!.Value.TotalSeconds} s")
            : "interrupted before it was full";
        var isComplete = await TellAsync($"{why}; missing:", summary.Missing).ConfigureAwait(false);
        var isWritten = await TellAsync("not everything could be written at the end:", summary.Statistics.Lost).ConfigureAwait(false);
        return isComplete && isWritten ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>Tells what kept the run from a success.</summary>
    /// <returns>Whether nothing did.</returns>
    private async Task<bool> TellAsync(string what, ImmutableArray<string> faults)
    {
        if (faults.IsEmpty)
            return true;
        await environment.Error.WriteLineAsync($"connmgr: {what}").ConfigureAwait(false);
        foreach (var fault in faults)
            await environment.Error.WriteLineAsync($"  {SafeText.Line(fault, SafeText.MaxNoticeLength)}").ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// The number of automatic peers to keep: none when there is nowhere to get them from, or others were asked for alone.
    /// </summary>
    private async Task<int> TargetAsync(NetworkWorld world, ChainParameters chain)
    {
        var hasSeeds = !chain.DnsSeeds.IsEmpty || !chain.FixedSeeds.IsEmpty || !_options.SeedNodes.IsEmpty;
        var hasBook = _options.DataDirectory is { } directory && File.Exists(ChainFiles.Of(directory, chain).Peers);
        var hasNobody = world.AddressSource is null && !hasSeeds && !hasBook;
        if (_options.Connect.IsEmpty && !hasNobody)
            return _options.Target ?? ConnectionManagerDefaults.TargetOutbound;
        if (_options.Target > 0)
        {
            var why = _options.Connect.IsEmpty
                ? $"{Names.Of(_options.Network)} has no DNS seeds; name some by --dns-seed or --seed-node, or peers by --add-peer or --connect"
                : "--connect connects to the peers that it names alone; use --add-peer for peers beside automatic ones";
            await environment.Error.WriteLineAsync($"connmgr: --target {_options.Target} has no effect: {why}.").ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>The chain with the seeds that were asked for.</summary>
    private async Task<ChainParameters> ChainAsync(ChainParameters chain, CancellationToken cancellationToken)
    {
        if (!_options.DnsSeeds.IsEmpty)
        {
            chain = chain with
            {
                DnsSeeds = [.. _options.DnsSeeds.Select(seed => new DnsSeed(seed.Name ?? seed.Address!.ToString(), HasFiltering: seed.Name is not null))],
            };
        }

        return _options.FixedPeers is { } path
            ? chain with { FixedSeeds = await FixedPeersFile.ReadAsync(path, chain.DefaultPort, cancellationToken).ConfigureAwait(false) }
            : chain;
    }

    private async Task<PeerNetwork> OpenAsync(
        NetworkWorld world,
        ChainParameters chain,
        LookupFunc? lookup,
        PeerNetworkProxies? proxies,
        INetgrouper netgrouper,
        int target,
        ImmutableArray<EndPoint> permanent,
        List<IConnectionListener> listeners,
        RunFiles files,
        ChannelWriter<Action<IRunOutput>> news)
    {
        try
        {
            return new PeerNetwork(new PeerNetworkOptions
            {
                Chain = chain,
                TargetOutbound = target,
                PermanentPeers = [.. permanent],
                MaxInbound = _options.MostInbound,
                AddressSource = world.AddressSource,
                DataDirectory = _options.DataDirectory,
                Protocol = new BitcoinPeerOptions
                {
                    RequiredServices = NodeServices.Network | NodeServices.Witness,
                    ReceiveBudget = _options.ReceiveBudget,
                },
                SeedNodes = [.. _options.SeedNodes.Select(node => node.ToEndPoint(chain.DefaultPort))],
                ReachableNetworks = (_options.OnlyNetworks ?? AddressNetworks.All) & (AddressNetworks.IPv4 | AddressNetworks.IPv6),
                Proxies = proxies,
                Netgrouper = netgrouper,
                ConfigureGossip = gossip => gossip.ExternalEndPoints = _options.ExternalEndPoints(chain.DefaultPort),
                Lookup = lookup,
                Policies = world.Policies,
                OnSeeded = outcome => news.TryWrite(output => output.Seeded(outcome)),
                Dial = world.Dial,
                TimeProvider = environment.TimeProvider,
                LoggerFactory = new RunWarnings(news, environment.TimeProvider),
                Configure = manager =>
                {
                    (manager.Listeners, manager.InboundLimits) = ([.. manager.Listeners, .. listeners], _options.InboundLimits);
                    manager.ReservedFileDescriptors += files.Reserved;
                },
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
            foreach (var local in _options.Listen)
            {
                foreach (var address in await ResolveAsync(local.Host, cancellationToken).ConfigureAwait(false))
                    listeners.Add(world.Listen(new IPEndPoint(address, local.Host.Port!.Value), local.Profile));
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
