using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>The content of a dashboard: its page and its API.</summary>
internal interface IDashboardSite : IAsyncDisposable
{
    /// <summary>The page.</summary>
    DashboardPage Page { get; }

    /// <summary>True when the API can change something, which needs the token.</summary>
    bool HasChanges { get; }

    /// <summary>Creates the routes of the API. Called once.</summary>
    /// <param name="clients">The clients that watch events.</param>
    /// <param name="metrics">The handler of a scrape.</param>
    IReadOnlyList<DashboardRoute> CreateRoutes(EventClients clients, RequestDelegate metrics);
}

/// <summary>The files of a page that no other page has. Immutable.</summary>
/// <param name="File">The file of the page itself.</param>
/// <param name="Scripts">Its scripts.</param>
internal sealed record DashboardPage(string File, IReadOnlyList<string> Scripts);
