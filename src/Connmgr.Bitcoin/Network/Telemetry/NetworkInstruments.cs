using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The instruments of networks, apart from those of their connections: one set for each meter, however many networks use it.
/// </summary>
internal sealed class NetworkInstruments
{
    private static readonly ConditionalWeakTable<Meter, NetworkInstruments> ByMeter = [];

    private ImmutableArray<NetworkMetrics> _running = [];

    private NetworkInstruments(Meter meter)
    {
        meter.CreateObservableCounter(
            "connmgr.network.io",
            () => Observe(static network => network.Traffic()),
            "By",
            "Bytes that were exchanged with peers, handshakes included; up to some seconds late (a sixteenth of the ping interval).");
        meter.CreateObservableUpDownCounter(
            "connmgr.receive.memory",
            () => Observe(static network => network.ReceiveMemory()),
            "By",
            "Memory of the receive budget taken by messages that are arriving or being handled.");
        meter.CreateObservableCounter(
            "connmgr.receive.discarded",
            () => Observe(static network => network.Discarded()),
            "{message}",
            "Messages of peers that have no reader.");
        meter.CreateObservableCounter(
            "connmgr.receive.restrained",
            () => Observe(static network => network.Restrained()),
            "{connection}",
            "Connections of peers that sent more than is read: slowed, or closed because others waited for memory.");
        meter.CreateObservableUpDownCounter(
            "connmgr.transport.peers",
            () => Observe(static network => network.TransportPeers()),
            "{connection}",
            "Peers after their handshake, by transport: v2 is the encrypted one (BIP324).");
        meter.CreateObservableUpDownCounter(
            "connmgr.addresses", () => Observe(static network => network.Addresses()), "{address}", "Addresses in the address book.");
        meter.CreateObservableUpDownCounter(
            "connmgr.addresses.quarantined",
            () => Observe(static network => network.Quarantined()),
            "{address}",
            "Addresses that rest because their peers left early, timed out or lacked services that they promised.");
        meter.CreateObservableUpDownCounter(
            "connmgr.addresses.external",
            () => Observe(static network => network.ExternalAddresses()),
            "{address}",
            "Addresses at which others can reach this node.");
        meter.CreateObservableUpDownCounter(
            "connmgr.ports",
            () => Observe(static network => network.Ports()),
            "{port}",
            "Ports that the gateway was asked to map, while port mapping is on: at a public address, at one behind another NAT, or not mapped.");
        meter.CreateObservableGauge(
            "connmgr.clock.offset",
            () => _running.SelectMany(static network => network.ClockOffset()),
            "s",
            "Time by which this machine's clock is ahead of the median of the peers' clocks, once it is known.");
        meter.CreateObservableUpDownCounter(
            "connmgr.i2p.sessions",
            () => Observe(static network => network.I2PSessions()),
            "{session}",
            "Sessions at the I2P router: that of the I2P address, those of single connections, and those made ahead. None while the router does not work.");
        meter.CreateObservableCounter(
            "connmgr.trials",
            () => Observe(static network => network.Trials()),
            "{connection}",
            "Trials of peers that have ended: they took the place of a peer, or did not, or could not be connected.");
        meter.CreateObservableCounter(
            "connmgr.addresses.sourced",
            () => Observe(static network => network.Sourced()),
            "{address}",
            "Addresses that were given to the address book, whether it knew them or not.");
    }

    public static NetworkInstruments Get(IMeterFactory? meterFactory) =>
        ByMeter.GetValue(ConnmgrTelemetry.GetMeter(meterFactory), static meter => new NetworkInstruments(meter));

    public void Add(NetworkMetrics network) =>
        ImmutableInterlocked.Update(ref _running, static (running, network) => running.Add(network), network);

    public void Remove(NetworkMetrics network) =>
        ImmutableInterlocked.Update(ref _running, static (running, network) => running.Remove(network), network);

    private IEnumerable<Measurement<long>> Observe(Func<NetworkMetrics, IEnumerable<Measurement<long>>> measure) =>
        _running.SelectMany(measure);
}
