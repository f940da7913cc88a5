using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>The services that the groups of a network need. Pure.</summary>
internal static class GroupServices
{
    /// <summary>Gets the services that a group of the connection manager needs.</summary>
    public static NodeServices GetServices(OutboundGroup group) => (NodeServices)(ulong)(group.Traits & ulong.MaxValue);

    /// <summary>Gets the services that every group needs.</summary>
    /// <param name="groups">The groups; none for one without requirements.</param>
    /// <param name="required">The services that all automatic peers must offer.</param>
    public static NodeServices GetCommon(ImmutableArray<PeerGroup> groups, NodeServices required) => groups.IsEmpty
        ? required
        : required | groups.Select(static group => group.NeededServices).Aggregate(static (common, services) => common & services);

    /// <summary>Gets the services of each group that needs more than those, each set once.</summary>
    public static ImmutableArray<ulong> GetAdditional(ImmutableArray<PeerGroup> groups, NodeServices required)
    {
        var common = GetCommon(groups, required);
        return [.. groups.Select(group => group.NeededServices | required).Where(services => services != common).Distinct().Select(static services => (ulong)services)];
    }
}
