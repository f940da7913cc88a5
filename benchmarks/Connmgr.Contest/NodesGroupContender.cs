using NBitcoin;
using NBitcoin.Protocol;
using NBitcoin.Protocol.Behaviors;

namespace Connmgr.Contest;

/// <summary>NBitcoin's NodesGroup as its users set it up: 12 nodes of as many networks, found through DNS seeds and their peers.</summary>
internal static class NodesGroupContender
{
    private const NodeServices CompactFilters = (NodeServices)0x40;

    public static Task<IAsyncDisposable> StartAsync(PeerReport report, bool areFiltersRequired)
    {
        // None of the fixed seeds is an address of this world: they would only cost time.
        ((List<global::NBitcoin.Protocol.NetworkAddress>)Network.Main.SeedNodes).Clear();
        var parameters = new NodeConnectionParameters();
        parameters.TemplateBehaviors.Add(new AddressManagerBehavior(new AddressManager()));
        var group = new NodesGroup(
            Network.Main,
            parameters,
            new NodeRequirement { RequiredServices = areFiltersRequired ? NodeServices.Network | CompactFilters : NodeServices.Network })
        {
            MaximumNodeConnection = 12,
        };
        group.ConnectedNodes.Added += (_, change) => report.Joined(change.Node.RemoteSocketEndpoint);
        group.ConnectedNodes.Removed += (_, change) => report.Left(change.Node.RemoteSocketEndpoint);
        group.Connect();
        return Task.FromResult<IAsyncDisposable>(new Running(group));
    }

    private sealed class Running(NodesGroup group) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            group.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
