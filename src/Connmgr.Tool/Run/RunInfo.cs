using System.Collections.Immutable;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The facts about a run that are known at its start.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Target">The number of automatic peers to keep.</param>
/// <param name="Permanent">The peers to keep in addition.</param>
/// <param name="GetListening">Gets the local addresses at which peers are accepted now, with their actual ports: those of an interface come and go.</param>
/// <param name="MaxInbound">The most inbound peers.</param>
internal sealed record RunInfo(
    string Network, int Target, ImmutableArray<EndPoint> Permanent, Func<ImmutableArray<EndPoint>> GetListening, int? MaxInbound)
{
    /// <summary>The local addresses at which peers are accepted now.</summary>
    public ImmutableArray<EndPoint> Listening => GetListening();

    /// <summary>The network's name for users.</summary>
    public string Title { get; init; } = Network;

    /// <summary>The groups of automatic peers; empty for one without requirements.</summary>
    public ImmutableArray<PeerGroup> Groups { get; init; } = [];

    /// <summary>The URL of the dashboard; null without one.</summary>
    public string? DashboardLink { get; init; }

    public static RunInfo From(RunContext context)
    {
        var listeners = context.Listeners.All; // The context loses them to the network.
        return new(
            context.Options.ChainName,
            context.Target,
            context.PermanentPeers,
            () => [.. listeners.SelectMany(static listener => listener is InterfaceListener ofInterface ? ofInterface.LocalEndPoints : (IEnumerable<EndPoint>)[listener.LocalEndPoint])],
            context.Options.EffectiveMaxInbound)
        {
            Title = context.Chain.Title ?? context.Options.ChainName,
            Groups = context.Groups,
        };
    }
}
