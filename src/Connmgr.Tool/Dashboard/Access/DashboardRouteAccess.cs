namespace Connmgr.Tool;

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
