namespace Connmgr.Fuzz;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    /// <summary>The targets, in the order in which they run.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. MessageTargets.All, .. StreamTargets.All, .. ProxyTargets.All, .. GatewayTargets.All, .. FileTargets.All, .. CrawlTargets.All, .. TextTargets.All,
        .. ConfigurationTargets.All, .. ControlTargets.All,
    ];

    /// <summary>Finds a target; null if there is none of this name.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => string.Equals(target.Name, name, StringComparison.Ordinal));
}
