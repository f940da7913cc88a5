using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tool;

/// <summary>What is known of a run when it starts.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Target">The number of automatic peers to keep.</param>
/// <param name="Permanent">The peers to keep beside those.</param>
/// <param name="Listening">The local addresses where peers are accepted, with their real ports.</param>
/// <param name="MaxInbound">The most inbound peers.</param>
internal sealed record RunInfo(
    string Network, int Target, ImmutableArray<EndPoint> Permanent, ImmutableArray<EndPoint> Listening, int? MaxInbound)
{
    /// <summary>What to open in a browser; null without a dashboard.</summary>
    public string? DashboardLink { get; init; }

    public static RunInfo Of(RunContext context) => new(
        Names.Of(context.Options.Network),
        context.Target,
        context.PermanentPeers,
        [.. context.Listeners.All.Select(listener => listener.LocalEndPoint)],
        context.Options.MostInbound);
}
