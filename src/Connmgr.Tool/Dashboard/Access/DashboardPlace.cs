namespace Connmgr.Tool;

/// <summary>One connection to a dashboard, as <see cref="DashboardPlaces"/> knows it.</summary>
/// <param name="host">Where it comes from.</param>
/// <param name="isReserved">Whether it has one of the places that are kept for health checks.</param>
internal sealed class DashboardPlace(ClientHost host, bool isReserved)
{
    /// <summary>The host that it comes from.</summary>
    public ClientHost Host { get; } = host;

    /// <summary>Whether it has one of the places that are kept for health checks, and is answered nothing else.</summary>
    public bool IsReserved { get; } = isReserved;

    /// <summary>Whether a request of it is being answered. Of <see cref="DashboardPlaces"/>.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When it was accepted or its last answer ended, as a number that grows. Of <see cref="DashboardPlaces"/>.</summary>
    public long ActiveAt { get; set; }
}
