using System.Diagnostics.Metrics;

namespace Connmgr.Bitcoin;

/// <summary>
/// The measurements of one network, apart from those of its connections, until it is disposed of. They read counters that exist anyway, so
/// they cost nothing until they are collected.
/// </summary>
internal sealed class NetworkMetrics : IDisposable
{
    private static readonly (string Word, AddressTables Table)[] Tables = [("new", AddressTables.New), ("tried", AddressTables.Tried)];

    private readonly NetworkInstruments _instruments;
    private readonly IDisposable _reputation;
    private readonly KeyValuePair<string, object?> _instance;
    private readonly NetworkState _state;
    private readonly AddressGossip _gossip;
    private readonly SourceTally _seeds;
    private readonly BitcoinProtocol _protocol;
    private readonly PortMappingLink? _ports;
    private readonly I2PController? _i2p;

    public NetworkMetrics(
        IMeterFactory? meterFactory,
        string instanceName,
        NetworkState state,
        AddressGossip gossip,
        SourceTally seeds,
        BitcoinProtocol protocol,
        PortMappingLink? ports,
        I2PController? i2p)
    {
        _instruments = NetworkInstruments.Get(meterFactory);
        _instance = new("connmgr.instance", instanceName);
        _reputation = state.Reputation.Measure(meterFactory, instanceName);
        (_state, _gossip, _seeds, _protocol, _ports, _i2p) = (state, gossip, seeds, protocol, ports, i2p);
        _instruments.Add(this);
    }

    public void Dispose()
    {
        _instruments.Remove(this);
        _reputation.Dispose();
    }

    public IEnumerable<Measurement<long>> Traffic()
    {
        const string direction = "network.io.direction";
        yield return new(_protocol.Traffic.Received, _instance, new(direction, "receive"));
        yield return new(_protocol.Traffic.Sent, _instance, new(direction, "transmit"));
    }

    public IEnumerable<Measurement<long>> ReceiveMemory()
    {
        const string share = "connmgr.receive.share";
        var (open, reserved) = _protocol.Budget.Used;
        yield return new(open, _instance, new(share, "inbound"));
        yield return new(reserved, _instance, new(share, "reserved"));
    }

    public IEnumerable<Measurement<long>> Discarded()
    {
        yield return new(_protocol.Received.DiscardedMessages, _instance);
    }

    public IEnumerable<Measurement<long>> Restrained()
    {
        const string measure = "connmgr.receive.measure";
        yield return new(_protocol.Received.SlowedPeers, _instance, new(measure, "slowed"));
        yield return new(_protocol.Budget.Closed, _instance, new(measure, "closed"));
    }

    public IEnumerable<Measurement<long>> TransportPeers()
    {
        const string transport = "connmgr.transport";
        yield return new(_protocol.Transports.Get(PeerTransport.V1), _instance, new(transport, "v1"));
        yield return new(_protocol.Transports.Get(PeerTransport.V2), _instance, new(transport, "v2"));
    }

    /// <summary>Measures the address book, from its counters.</summary>
    public IEnumerable<Measurement<long>> Addresses()
    {
        foreach (var (_, set, network) in AddressNetworkTable.All)
        {
            foreach (var (name, table) in Tables)
                yield return new(_state.Book.GetCount(set, table), _instance, new("connmgr.network", network), new("connmgr.address.table", name));
        }
    }

    public IEnumerable<Measurement<long>> Quarantined()
    {
        yield return new(_state.Quarantine.RestingCount, _instance);
    }

    public IEnumerable<Measurement<long>> ExternalAddresses()
    {
        var all = _state.ExternalAddresses.All;
        foreach (var (network, _, word) in AddressNetworkTable.All)
            yield return new(all.Count(own => own.EndPoint.Address.Network == network), _instance, new("connmgr.network", word));
    }

    public IEnumerable<Measurement<long>> Ports()
    {
        const string state = "connmgr.port.state";
        if (_ports?.State is not { } ports)
            yield break;
        var open = ports.Mappings.Count(static mapping => mapping.IsPublic);
        yield return new(open, _instance, new(state, "public"));
        yield return new(ports.Mappings.Length - open, _instance, new(state, "behind_nat"));
        yield return new(ports.Failures.Length, _instance, new(state, "unmapped"));
    }

    public IEnumerable<Measurement<double>> ClockOffset()
    {
        if (_state.Clock.GetOffset() is { } offset)
            yield return new(offset.TotalSeconds, _instance);
    }

    public IEnumerable<Measurement<long>> I2PSessions()
    {
        if (_i2p is not null)
            yield return new(_i2p.SessionCount, _instance);
    }

    public IEnumerable<Measurement<long>> Trials()
    {
        const string outcome = "connmgr.trial.outcome";
        yield return new(_state.Trials.Count(TrialOutcome.Failed), _instance, new(outcome, "failed"));
        yield return new(_state.Trials.Count(TrialOutcome.Rejected), _instance, new(outcome, "rejected"));
        yield return new(_state.Trials.Count(TrialOutcome.Promoted), _instance, new(outcome, "promoted"));
    }

    public IEnumerable<Measurement<long>> Sourced()
    {
        const string source = "connmgr.address.source";
        yield return new(_seeds.Dns, _instance, new(source, "dns"));
        yield return new(_seeds.Fixed, _instance, new(source, "fixed"));
        yield return new(_gossip.Counts.Accepted, _instance, new(source, "gossip"));
    }
}
