using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The services of a run, shared by the control socket and the dashboard. Thread-safe.</summary>
/// <param name="Network">The network.</param>
/// <param name="Info">The facts about the run that are known at its start.</param>
/// <param name="Peers">The peers.</param>
/// <param name="Watch">The events.</param>
/// <param name="Addresses">The address book.</param>
/// <param name="Bans">The bans.</param>
/// <param name="Started">A task that completes when the network has opened its files.</param>
internal sealed record RunServices(
    PeerNetwork Network, RunInfo Info, PeerControl Peers, RunWatch Watch, LocalAddressActions Addresses, LocalBanActions Bans, Task Started)
{
    /// <summary>The handlers of the control socket.</summary>
    public IEnumerable<IControlHandler> Handlers =>
    [
        .. Peers.Handlers,
        .. Watch.Handlers,
        .. Addresses.Handlers(Network.Connections.NotifyAddressesAvailable).Concat(Bans.Handlers).Select(handler => new StartedHandler(handler, Started)),
    ];

    public static RunServices From(PeerNetwork network, RunInfo info, ChainParameters chain, TimeProvider timeProvider, Task started) => new(
        network,
        info,
        new PeerControl(network, chain.DefaultPort),
        new RunWatch(network.Connections, info, () => RunFacts.From(network), network.GetRating),
        new LocalAddressActions(network.Book, new RunQuarantine(network), chain, timeProvider),
        new LocalBanActions(network.Bans, timeProvider, network.FlushBansAsync),
        started);
}
