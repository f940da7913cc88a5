using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>
/// The HTTP API of a dashboard. It offers the same services as the control socket. docs/guides/dashboard.md is the contract: fields and
/// paths are added to version 1, never changed.
/// </summary>
internal sealed class DashboardApi(RunServices services, RunHistory history, EventClients clients, RequestDelegate metrics, TimeProvider timeProvider)
{
    private const string V1 = "/api/v1";
    private const int MaxItems = 1000;

    private static readonly DashboardParameter Limit = new("limit", "The most items in the answer.") { Max = MaxItems, Default = 200 };
    private static readonly DashboardParameter Offset = new("offset", "The index of the first item in the answer.") { Max = int.MaxValue };
    private static readonly DashboardParameter Id = new("id", "The id of a peer from the list.") { IsInPath = true, IsRequired = true, Max = long.MaxValue };
    private static readonly DashboardParameter AfterTime = new("after", "Only intervals that ended later, in milliseconds since 1970.") { Max = long.MaxValue };
    private static readonly DashboardParameter AfterNumber = new("after", "Only decisions with a greater number.") { Max = long.MaxValue };
    private static readonly DashboardParameter Step = new("step", "The length of the intervals.") { Choices = ["second", "minute"] };
    private static readonly DashboardParameter Banned = new("address", "The target of the ban, as in the list.") { IsRequired = true };
    private static readonly DashboardParameter Resting = new("address", "An address of the list, its host for every port there, or all.") { IsRequired = true };
    private static readonly DashboardParameter Table = new("table", "Addresses of one table: never connected to, or connected to before.") { Choices = ["new", "tried"] };

    private static readonly DashboardParameter Network =
        new("network", "Addresses of one network.") { Choices = [.. AddressNetworkTable.All.Select(known => known.Word)] };

    private readonly long _startedAt = timeProvider.GetTimestamp();

    private ConnectionManager Manager => services.Network.Connections;

    /// <summary>Creates the routes.</summary>
    public IReadOnlyList<DashboardRoute> Routes() =>
    [
        DashboardRoute.Get($"{V1}/overview", "The state of the run, in numbers.", DashboardJson.Default.OverviewItem, OverviewAsync),
        DashboardRoute.Get(
            $"{V1}/peers",
            "The connected peers, the oldest first, and the wanted ones.",
            DashboardJson.Default.PeerPage,
            PeersAsync,
            Limit,
            Offset),
        DashboardRoute.Change(
            HttpMethods.Post,
            $"{V1}/peers",
            "Connects to one more peer, and returns the outcome of the first attempt.",
            DashboardJson.Default.ConnectArguments,
            DashboardJson.Default.ConnectItem,
            services.Peers.ConnectAsync),
        DashboardRoute.Change(
            HttpMethods.Post,
            $"{V1}/peers/{{id}}/disconnect",
            "Ends a connection. An automatic peer is replaced, a permanent one is dialled again.",
            DashboardJson.Default.PeerItem,
            context => OneAsync(services.Peers.DisconnectAsync(GetPeer(context), context.RequestAborted)),
            Id),
        DashboardRoute.Change(
            HttpMethods.Delete,
            $"{V1}/peers/{{id}}",
            "Removes a peer: ends its connection, and stops dialling it.",
            DashboardJson.Default.PeerItem,
            context => OneAsync(services.Peers.RemoveAsync(GetPeer(context), context.RequestAborted)),
            Id),
        DashboardRoute.Change(
            HttpMethods.Put,
            $"{V1}/target",
            "Changes the number of automatic peers.",
            DashboardJson.Default.TargetArguments,
            DashboardJson.Default.TargetItem,
            (arguments, token) => services.Peers.SetTargetAsync(arguments.Target, token)),
        DashboardRoute.Change(
            HttpMethods.Post,
            $"{V1}/rotate",
            "Replaces the peers of a group with the lowest rating by new ones, which are connected first, and returns how many.",
            DashboardJson.Default.RotateArguments,
            DashboardJson.Default.RotateItem,
            services.Peers.RotateAsync),
        DashboardRoute.Get($"{V1}/dials", "The attempts in progress.", DashboardJson.Default.DialPage, DialsAsync, Limit, Offset),
        DashboardRoute.Get(
            $"{V1}/decisions", "The latest decisions and events, with their reasons.", DashboardJson.Default.DecisionPage, DecisionsAsync, AfterNumber),
        DashboardRoute.Get(
            $"{V1}/history",
            "The state and the counts of the run by interval: a quarter of an hour in seconds, a day in minutes.",
            DashboardJson.Default.HistoryPage,
            HistoryAsync,
            Step,
            AfterTime),
        DashboardRoute.Get(
            $"{V1}/addresses",
            "The address book, the tried addresses first.",
            DashboardJson.Default.AddressPage,
            AddressesAsync,
            Network,
            Table,
            Limit,
            Offset),
        DashboardRoute.Get(
            $"{V1}/quarantine", "The addresses in quarantine, ordered by the end of their rest.", DashboardJson.Default.QuarantinePage, QuarantineAsync, Limit, Offset),
        DashboardRoute.Change(
            HttpMethods.Delete,
            $"{V1}/quarantine",
            "Releases addresses from quarantine, and returns them.",
            DashboardJson.Default.QuarantinePage,
            ReleaseAsync,
            Resting),
        DashboardRoute.Get($"{V1}/bans", "The bans.", DashboardJson.Default.BanPage, BansAsync, Limit, Offset),
        DashboardRoute.Change(
            HttpMethods.Post,
            $"{V1}/bans",
            "Bans an address or a subnet.",
            DashboardJson.Default.BanArguments,
            DashboardJson.Default.BanAddItem,
            services.Bans.AddAsync),
        DashboardRoute.Change(
            HttpMethods.Delete,
            $"{V1}/bans",
            "Removes a ban.",
            DashboardJson.Default.BanItem,
            context => services.Bans.RemoveAsync(new UnbanArguments(Banned.Text(context)!), context.RequestAborted),
            Banned),
        DashboardRoute.Change(
            HttpMethods.Get,
            $"{V1}/token",
            "Checks the token.",
            DashboardJson.Default.TokenItem,
            _ => Task.FromResult(new TokenItem(Changes: true))),
        new()
        {
            Method = HttpMethods.Get,
            Path = $"{V1}/events",
            Summary = "Server-sent events: a snapshot with its peers, then events, as in 'peers watch'.",
            Access = DashboardRouteAccess.Read,
            ContentType = "text/event-stream",
            RunAsync = EventsAsync,
        },
        new()
        {
            Method = HttpMethods.Get,
            Path = "/metrics",
            Summary = "Metrics for Prometheus.",
            Access = DashboardRouteAccess.Read,
            ContentType = DashboardMetrics.ContentType,
            RunAsync = metrics,
        },
        new()
        {
            Method = HttpMethods.Get,
            Path = "/healthz",
            Summary = "The health of the run: 200 while it has a peer, or wants none; 503 otherwise.",
            Access = DashboardRouteAccess.Open,
            Response = DashboardJson.Default.RunHealth,
            Statuses = [StatusCodes.Status200OK, StatusCodes.Status503ServiceUnavailable],
            HasReservedPlaces = true,
            RunAsync = HealthAsync,
        },
    ];

    private async Task<OverviewItem> OverviewAsync(HttpContext context)
    {
        var snapshot = await Manager.GetSnapshotAsync(context.RequestAborted).ConfigureAwait(false);
        var facts = RunFacts.From(services.Network);
        return new OverviewItem
        {
            Time = EventJson.Time(snapshot.Time),
            Network = services.Info.Network,
            Seconds = Math.Round(timeProvider.GetElapsedTime(_startedAt).TotalSeconds, 3),
            Health = RunHealth.From(snapshot, services.Network.GetShortage(snapshot)),
            Outage = snapshot.IsOutage,
            OneOff = snapshot.Count(ConnectionKind.OneOff),
            Groups = GroupItem.From(snapshot),
            Dialing = snapshot.Attempts.Length,
            Inbound = InboundItem.From(snapshot),
            Tally = history.Tally(),
            Addresses = [.. await services.Addresses.StatsAsync(context.RequestAborted).ToListAsync(context.RequestAborted).ConfigureAwait(false)],
            Bans = facts.Bans,
            Seeds = [.. facts.Seeds.Select(SeedStateItem.From)],
            Tor = TorItem.From(facts.Tor),
            I2P = I2PItem.From(facts.I2P),
            Listening = [.. services.Info.Listening.Select(AddressText.Format)],
            ExternalAddresses = [.. facts.ExternalAddresses.Select(ExternalAddressItem.From)],
            PortMappings = facts.PortMapping is { } ports ? [.. ports.Mappings.Select(PortMappingItem.From)] : null,
            ClockOffsetSeconds = facts.ClockOffset is { } offset ? Math.Round(offset.TotalSeconds) : null,
            Problems = [.. facts.Problems.Select(problem => SafeText.Line(problem, MaxItems))],
        };
    }

    private async Task<PeerPage> PeersAsync(HttpContext context)
    {
        var peers = PeerItems.From(await Manager.GetSnapshotAsync(context.RequestAborted).ConfigureAwait(false), services.Network.GetRating).ToList();
        return new PeerPage(peers.Count, Page(peers, context));
    }

    private async Task<DialPage> DialsAsync(HttpContext context)
    {
        var snapshot = await Manager.GetSnapshotAsync(context.RequestAborted).ConfigureAwait(false);
        return new DialPage(snapshot.Attempts.Length, [.. Page(snapshot.Attempts, context).Select(DialItem.From)]);
    }

    private Task<DecisionPage> DecisionsAsync(HttpContext context) => Task.FromResult(new DecisionPage(history.Decisions(AfterNumber.Number(context))));

    private Task<HistoryPage> HistoryAsync(HttpContext context)
    {
        var ofMinutes = Step.Text(context) is "minute";
        return Task.FromResult(new HistoryPage(ofMinutes ? 60 : 1, history.Points(ofMinutes, AfterTime.Number(context))));
    }

    private async Task<AddressPage> AddressesAsync(HttpContext context)
    {
        var filter = new AddressFilter(Network.Text(context) is { } network ? [network] : null, Table.Text(context));
        var all = await services.Addresses.ListAsync(filter, context.RequestAborted).ToListAsync(context.RequestAborted).ConfigureAwait(false);
        return new AddressPage(all.Count, Page(all, context));
    }

    private async Task<QuarantinePage> QuarantineAsync(HttpContext context)
    {
        var all = await services.Addresses.ListQuarantineAsync(context.RequestAborted).ToListAsync(context.RequestAborted).ConfigureAwait(false);
        return new QuarantinePage(all.Count, Page(all, context));
    }

    private async Task<QuarantinePage> ReleaseAsync(HttpContext context)
    {
        var arguments = new ReleaseArguments(Resting.Text(context)!);
        var released = await services.Addresses.ReleaseAsync(arguments, context.RequestAborted).ToListAsync(context.RequestAborted).ConfigureAwait(false);
        return new QuarantinePage(released.Count, [.. released]);
    }

    private async Task<BanPage> BansAsync(HttpContext context)
    {
        var all = await services.Bans.ListAsync(context.RequestAborted).ToListAsync(context.RequestAborted).ConfigureAwait(false);
        return new BanPage(all.Count, Page(all, context));
    }

    private Task EventsAsync(HttpContext context) => EventStream.ServeAsync(context, clients, services.Watch.WatchAsync, timeProvider);

    private async Task HealthAsync(HttpContext context)
    {
        var snapshot = await Manager.GetSnapshotAsync(context.RequestAborted).ConfigureAwait(false);
        var health = RunHealth.From(snapshot, services.Network.GetShortage(snapshot));
        if (health.Status is RunHealth.Unhealthy)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        await DashboardRoute.WriteAsync(context, health, DashboardJson.Default.RunHealth).ConfigureAwait(false);
    }

    private static PeerSelector GetPeer(HttpContext context) => PeerSelector.FromId(Id.Number(context));

    private static async Task<PeerItem> OneAsync(IAsyncEnumerable<PeerItem> peers) => await peers.FirstAsync().ConfigureAwait(false);

    private static ImmutableArray<T> Page<T>(IEnumerable<T> all, HttpContext context) =>
        [.. all.Skip((int)Offset.Number(context)).Take((int)Limit.Number(context))];
}
