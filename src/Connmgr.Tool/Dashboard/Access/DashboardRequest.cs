namespace Connmgr.Tool;

/// <summary>What is known of a request before it is answered.</summary>
internal readonly record struct DashboardRequest
{
    /// <summary>What is asked for.</summary>
    public required DashboardRouteAccess Access { get; init; }

    /// <summary>Whether it is GET or HEAD.</summary>
    public bool IsSafeMethod { get; init; }

    /// <summary>The Host header.</summary>
    public string? Host { get; init; }

    /// <summary>The Origin header; null when there is none.</summary>
    public string? Origin { get; init; }

    /// <summary>The Sec-Fetch-Site header, in which browsers say where a request comes from; null when there is none.</summary>
    public string? FetchSite { get; init; }

    /// <summary>Whether a browser says that it is to show the answer as a page.</summary>
    public bool IsNavigation { get; init; }

    /// <summary>The Authorization header; null when there is none.</summary>
    public string? Authorization { get; init; }
}

/// <summary>What a request needs to show.</summary>
internal enum DashboardRouteAccess
{
    /// <summary>Nothing: the page itself, which holds no data, and how the run is.</summary>
    Open,

    /// <summary>The token, where other machines reach the dashboard.</summary>
    Read,

    /// <summary>The token.</summary>
    Change,
}
