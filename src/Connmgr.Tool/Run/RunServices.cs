using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>What can be asked of a run, whoever asks: the control socket and the dashboard share it. Thread-safe.</summary>
/// <param name="Network">The network.</param>
/// <param name="Info">What is known of the run since its start.</param>
/// <param name="Peers">Its peers.</param>
/// <param name="Watch">What happens.</param>
/// <param name="Addresses">Its address book.</param>
/// <param name="Bans">Its bans.</param>
/// <param name="Started">Completes when the network has opened its files.</param>
internal sealed record RunServices(PeerNetwork Network, RunInfo Info, PeerControl Peers, RunWatch Watch, LocalAddressActions Addresses, LocalBanActions Bans, Task Started)
{
    /// <summary>The commands of the control socket.</summary>
    public IEnumerable<IControlHandler> Handlers =>
    [
        .. Peers.Handlers,
        .. Watch.Handlers,
        .. Addresses.Handlers(Network.Connections.NotifyAddressesAvailable).Concat(Bans.Handlers).Select(handler => new StartedHandler(handler, Started)),
    ];

    public static RunServices Of(PeerNetwork network, RunInfo info, ChainParameters chain, TimeProvider timeProvider, Task started) => new(
        network,
        info,
        new PeerControl(network.Connections, chain.DefaultPort),
        new RunWatch(network.Connections, info, () => RunFacts.Of(network)),
        new LocalAddressActions(network.Book, chain, timeProvider),
        new LocalBanActions(network.Bans, timeProvider, network.FlushBansAsync),
        started);
}
