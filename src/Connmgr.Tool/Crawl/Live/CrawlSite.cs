using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>The dashboard of a crawl. It changes nothing, so reading it needs the token only where other machines can reach it.</summary>
/// <param name="network">The name of the chain.</param>
/// <param name="fleet">The name of the fleet; null for none.</param>
/// <param name="watch">The counts.</param>
/// <param name="board">The counts of the round, and the last rounds.</param>
/// <param name="time">The clock.</param>
internal sealed class CrawlSite(string network, string? fleet, CrawlWatch watch, CrawlBoard board, TimeProvider time) : IDashboardSite
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly long _startedAt = time.GetTimestamp();

    public DashboardPage Page { get; } = new("crawl.html", ["crawl.js"]);

    public bool HasChanges => false;

    public IReadOnlyList<DashboardRoute> CreateRoutes(EventClients clients, RequestDelegate metrics) =>
    [
        DashboardRoute.Get("/api/v1/crawl", "The state of the crawl.", DashboardJson.Default.CrawlItem, _ => Task.FromResult(Create())),
        new()
        {
            Method = HttpMethods.Get,
            Path = "/api/v1/events",
            Summary = "Server-sent events: the state of the crawl, each second.",
            Access = DashboardRouteAccess.Read,
            ContentType = "text/event-stream",
            RunAsync = context => EventStream.ServeAsync(context, clients, WatchAsync, time),
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
            Summary = "The health of the crawl: 503 while no visit can begin, 200 otherwise.",
            Access = DashboardRouteAccess.Open,
            Response = DashboardJson.Default.CrawlHealth,
            Statuses = [StatusCodes.Status200OK, StatusCodes.Status503ServiceUnavailable],
            HasReservedPlaces = true,
            RunAsync = HealthAsync,
        },
    ];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private CrawlItem Create()
    {
        var (view, now, items) = (watch.Current, time.GetUtcNow(), board.Get());
        return new CrawlItem
        {
            Time = EventJson.Time(now),
            Network = network,
            Seconds = Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds, 3),
            Health = CrawlHealth.From(view, now),
            Fleet = fleet,
            Round = view.Status is { } status ? CurrentRoundItem.From(status, view.Rate) : null,
            Rate = Math.Round(view.Rate, 1),
            Active = view.Statistics.Active,
            Visits = view.Statistics.Visits,
            Reached = view.Statistics.Reached,
            Abandoned = view.Statistics.Abandoned,
            Networks = items.Networks,
            UserAgents = items.UserAgents,
            Failures = items.Failures,
            Rounds = items.Rounds,
            Notices = items.Notices,
        };
    }

    private async IAsyncEnumerable<JsonElement> WatchAsync([EnumeratorCancellation] CancellationToken ended)
    {
        while (true)
        {
            yield return JsonSerializer.SerializeToElement(Create(), DashboardJson.Default.CrawlItem);
            await Task.Delay(Interval, time, ended).ConfigureAwait(false);
        }
    }

    private async Task HealthAsync(HttpContext context)
    {
        var health = CrawlHealth.From(watch.Current, time.GetUtcNow());
        if (health.Status is RunHealth.Unhealthy)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        await DashboardRoute.WriteAsync(context, health, DashboardJson.Default.CrawlHealth).ConfigureAwait(false);
    }
}
