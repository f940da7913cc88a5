namespace Connmgr.Tool;

/// <summary>The facts about a request by which access is decided.</summary>
internal readonly record struct DashboardRequest
{
    /// <summary>The access that the route needs.</summary>
    public required DashboardRouteAccess Access { get; init; }

    /// <summary>True for GET and HEAD.</summary>
    public bool IsSafeMethod { get; init; }

    /// <summary>The Host header.</summary>
    public string? Host { get; init; }

    /// <summary>The Origin header; null when there is none.</summary>
    public string? Origin { get; init; }

    /// <summary>The Sec-Fetch-Site header, in which browsers send the origin of a request; null when there is none.</summary>
    public string? FetchSite { get; init; }

    /// <summary>True when a browser sends the request in order to show a page.</summary>
    public bool IsNavigation { get; init; }

    /// <summary>The Authorization header; null when there is none.</summary>
    public string? Authorization { get; init; }
}

/// <summary>The access that a request needs.</summary>
internal enum DashboardRouteAccess
{
    /// <summary>None: the page itself, which contains no data, and the health of the run.</summary>
    Open,

    /// <summary>The token, if other machines can reach the dashboard.</summary>
    Read,

    /// <summary>The token.</summary>
    Change,
}
