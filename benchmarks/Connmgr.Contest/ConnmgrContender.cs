using Connmgr.Bitcoin;

namespace Connmgr.Contest;

/// <summary>Connmgr with its defaults and 12 peers, of which all or none have to serve compact filters.</summary>
internal static class ConnmgrContender
{
    public static async Task<IAsyncDisposable> StartAsync(PeerReport report, bool areFiltersRequired)
    {
        var required = NodeServices.Network | NodeServices.Witness;
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            TargetOutbound = 12,
            Protocol = new() { RequiredServices = areFiltersRequired ? required | NodeServices.CompactFilters : required },
            OnPeer = (peer, ended) =>
            {
                report.Joined(peer.RemoteEndPoint!);
                ended.Register(() => report.Left(peer.RemoteEndPoint!));
                return ValueTask.CompletedTask;
            },
        });
        await network.StartAsync();
        return network;
    }
}
