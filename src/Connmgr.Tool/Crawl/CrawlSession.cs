using System.Text.Json;
using Connmgr.Bitcoin;
using Connmgr.Fleet;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>One <c>connmgr crawl</c>, from start to end.</summary>
internal sealed class CrawlSession(CrawlOptions options, ToolEnvironment environment)
{
    private const string OutageNotice =
        "nothing answers any more: the network of this machine seems to be down. Visits pause until something answers, and none that fails meanwhile counts.";

    private readonly CrawlBoard _board = new(environment.TimeProvider);
    private CrawlProgress? _progress;

    /// <summary>Crawls until it is asked to stop, or the round is over.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ToolException">The crawl can't start, or its output can't be written.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var grouper = await AsMapFile.OpenAsync(options.AsMap, stop).ConfigureAwait(false);
        var world = OpenWorld();
        await using var opened = world.ConfigureAwait(false);
        var lookup = world.Lookup ?? await DnsServerOption.ToLookupAsync(options.DnsServer, environment.TimeProvider, stop).ConfigureAwait(false);
        var (frontier, claims, keeper) = await OpenFrontierAsync(world.Chain, CreateFrontierOptions(grouper), stop).ConfigureAwait(false);
        await using var kept = keeper.ConfigureAwait(false);
        if (options is { Once: true, Fleet: not null } && await EndAtOnceAsync(frontier, stop).ConfigureAwait(false))
            return ExitCode.Success;
        var output = await CrawlOutput.OpenAsync(CreateOutputSettings(world.Chain, grouper as AsMap), stop).ConfigureAwait(false);
        await using var written = output.ConfigureAwait(false);
        var routes = new CrawlRoutes(options, world, environment.TimeProvider);
        await using var routed = routes.ConfigureAwait(false);
        var crawler = CreateCrawler(world, lookup, frontier, output, routes, claims);
        var watch = new CrawlWatch(crawler, frontier, environment.TimeProvider, isWanted: environment.ErrorTerminal is not null || options.Dashboard is not null);
        await using var watched = watch.ConfigureAwait(false);
        using var progress = new CrawlProgress(watch, environment);
        _progress = progress;
        var dashboard = await StartDashboardAsync(world.Chain, watch).ConfigureAwait(false);
        try
        {
            await crawler.RunAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            if (await output.CloseAsync().ConfigureAwait(false) is { } lost)
                Notify(lost);
            if (dashboard is not null)
                await dashboard.DisposeAsync().ConfigureAwait(false);
            _progress = null;
        }

        return ExitCode.Success;
    }

    /// <summary>Opens the addresses to visit, and the object that keeps them until it is disposed of.</summary>
    private async Task<(IFrontier Frontier, AddressClaims? Claims, IAsyncDisposable Keeper)> OpenFrontierAsync(ChainParameters chain, FrontierOptions frontier, CancellationToken cancellationToken)
    {
        if (options.Fleet is { } fleet)
        {
            var shared = await FleetFrontier.OpenAsync(fleet, options.Folder, chain, frontier, Notify, cancellationToken).ConfigureAwait(false);
            return (shared.Frontier, shared.Claims, shared);
        }

        var state = await CrawlState.OpenAsync(options.Folder, chain, frontier, Notify, cancellationToken).ConfigureAwait(false);
        return (state.Frontier, null, state);
    }

    /// <summary>Ends the crawl of one round if the fleet has just ended one, with what that found.</summary>
    /// <returns>False if there is something to do.</returns>
    private async Task<bool> EndAtOnceAsync(IFrontier frontier, CancellationToken cancellationToken)
    {
        try
        {
            var status = await frontier.GetStatusAsync(cancellationToken).ConfigureAwait(false);
            var now = environment.TimeProvider.GetUtcNow();
            if (!OnceRules.IsDone(status, now))
                return false;
            var reachable = await frontier.GetRecordsAsync(cancellationToken).CountAsync(cancellationToken).ConfigureAwait(false);
            Notify(Invariant($"the fleet has ended round {status.Round - 1}, and nothing is due for {ShortDuration.Format(status.RoundStart - now)}: {status.Addresses} addresses known, {reachable} reachable."));
            return true;
        }
        catch (FrontierUnavailableException)
        {
            return false; // The crawl waits for it.
        }
    }

    private async Task<DashboardServer?> StartDashboardAsync(ChainParameters chain, CrawlWatch watch)
    {
        if (options.Dashboard is not { } settings)
            return null;
        var site = new CrawlSite(chain.Name, options.Fleet?.Name, watch, _board, environment.TimeProvider);
        var server = await DashboardServer.StartAsync(settings, site, directory: null, environment.TimeProvider).ConfigureAwait(false);
        Write(server.Invitation);
        return server;
    }

    private NetworkWorld OpenWorld() => options switch
    {
        { IsSandbox: true, SandboxPeers: { } peers } => NetworkWorld.FromSandbox(new SandboxNetwork(new() { Peers = peers, TimeProvider = environment.TimeProvider })),
        { IsSandbox: true } => environment.OpenWorld(NetworkName.Sandbox, environment.TimeProvider),
        _ => new NetworkWorld { Chain = options.Chain },
    };

    private CrawlOutputSettings CreateOutputSettings(ChainParameters chain, AsMap? map) => new()
    {
        Chain = chain,
        Folder = options.Folder is { } folder ? CrawlFolder.Create(folder) : null,
        Zone = options.Zone,
        AsMap = map,
        Random = DefaultRandom.Get(null),
        TimeProvider = environment.TimeProvider,
    };

    private FrontierOptions CreateFrontierOptions(INetgrouper grouper)
    {
        var frontier = new FrontierOptions
        {
            MaxAddresses = options.MaxAddresses,
            RevisitPeriod = options.Revisit,
            VisitsPerDay = options.VisitsPerDay,
            Netgrouper = grouper,
            TimeProvider = environment.TimeProvider,
        };
        if (options.IsSandbox)
            frontier.MaxAddressesPerNetgroup = 0; // A sandbox has large ones.
        frontier.VisitsPerSecond = options.Rate ?? (options.IsSandbox ? 0 : frontier.VisitsPerSecond);
        frontier.VisitsPerSecondPerNetgroup = options.NetgroupRate ?? (options.IsSandbox ? 0 : frontier.VisitsPerSecondPerNetgroup);
        return frontier;
    }

    private NetworkCrawler CreateCrawler(NetworkWorld world, LookupFunc? lookup, IFrontier frontier, CrawlOutput output, CrawlRoutes routes, AddressClaims? claims)
    {
        var crawl = CreateCrawlerOptions(world, lookup, frontier, output, routes);
        crawl.Claim = claims is null ? null : claims.TryClaimAsync;
        crawl.AnswerTimeout = options.AnswerTimeout ?? crawl.AnswerTimeout;
        return new(crawl);
    }

    private NetworkCrawlerOptions CreateCrawlerOptions(NetworkWorld world, LookupFunc? lookup, IFrontier frontier, CrawlOutput output, CrawlRoutes routes) => new()
    {
        Chain = world.Chain,
        Frontier = frontier,
        Protocol = new() { Relay = false, UserAgent = options.UserAgent ?? BitcoinPeerOptions.DefaultUserAgent },
        Concurrency = options.Concurrency,
        Dial = routes.DialAsync,
        GetProxy = routes.GetProxy,
        Networks = routes.Networks,
        AllowPrivateAddresses = options.AllowPrivate,
        StartAddresses = options.Start,
        UseDnsSeeds = options.Start.IsEmpty,
        Lookup = routes.Lookup ?? lookup,
        MaxRounds = options.Once ? 1 : null,
        CreateRecord = CrawlOutput.CreateRecord,
        OnVisit = (visit, token) => AddAsync(visit, output, token),
        OnRoundEnded = (round, token) => EndRoundAsync(round, frontier, output, token),
        OnOutageChanged = isOutage => Notify(isOutage ? OutageNotice : "something answers again, so the crawl goes on."),
        OnFrontierChanged = problem => Notify(problem is null ? "the addresses can be reached again." : $"{problem.Message} Trying again."),
        TimeProvider = environment.TimeProvider,
    };

    private async ValueTask AddAsync(CrawlVisit visit, CrawlOutput output, CancellationToken cancellationToken)
    {
        _board.Add(visit);
        await output.AddAsync(visit, cancellationToken).ConfigureAwait(false);
        if (options.Json)
            await environment.Out.WriteAsync(JsonSerializer.Serialize(VisitItem.From(visit), CrawlJson.Default.VisitItem) + "\n").ConfigureAwait(false);
    }

    private async ValueTask EndRoundAsync(CrawlRound round, IFrontier frontier, CrawlOutput output, CancellationToken cancellationToken)
    {
        var result = await output.EndRoundAsync(round, frontier.GetRecordsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        _board.Add(round);
        foreach (var problem in result.Problems)
            Notify(problem);
        if (options.Json)
        {
            await environment.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        _progress?.Clear();
        var seconds = (round.Ended - round.Started).TotalSeconds;
        var share = round.Visits == 0 ? 0 : 100.0 * round.Reached / round.Visits;
        await environment.Out.WriteLineAsync(Invariant(
            $"Round {round.Round}: {round.Visits} addresses visited in {seconds:0} s, {round.Reached} reached ({share:0} %); {round.Addresses} addresses known.").AsMemory(), cancellationToken)
            .ConfigureAwait(false);
        await environment.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Notify(string problem)
    {
        _board.AddNotice(problem);
        Write(problem);
    }

    private void Write(string notice)
    {
        _progress?.Clear();
        environment.Error.WriteLine($"connmgr: {SafeText.Line(notice, SafeText.MaxNoticeLength)}");
    }
}
