namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The instruments and tags of the reference page. Tests compare them with actual measurements.</summary>
internal static class MetricCatalog
{
    private const string Instance = "connmgr.instance";
    private const string Direction = "connmgr.connection.direction";
    private const string Kind = "connmgr.connection.kind";
    private const string State = "connmgr.connection.state";
    private const string Network = "connmgr.network";
    private const string Outcome = "connmgr.outcome";
    private const string Phase = "connmgr.phase";
    private const string ErrorType = "error.type";

    public static IReadOnlyList<TagInfo> Tags { get; } =
    [
        new(Instance, "The manager or network of the process: `InstanceName`. By default the name of the chain for a network, else `default`. For a fleet, its name.", [], "The program names them."),
        new(Direction, "The side that opened the connection.", Words.Of<ConnectionDirection>()),
        new(Kind, "The purpose of a connection or dial.", Words.Of<ConnectionKind>()),
        new(State, "The progress of a connection.", ["handshaking", "established"]),
        new("connmgr.connection.end_reason", "The cause of the end of a connection.", Words.Of(DisconnectCause.NotEstablished)),
        new("connmgr.group", "The group of automatic connections: `default`, unless the program names others.", [], "The groups that the program sets, at most 32."),
        new(
            Network,
            "The network of the peer: for an outbound connection that of the dialled address (`name` is a host name), for an inbound one that of its origin (`onion`: through the onion service).",
            ["ipv4", "ipv6", "onion", "i2p", "cjdns", "name", "other"]),
        new(
            Outcome,
            "The outcome: `success`, or the cause of the failure. For DNS seeds: `no_addresses`, `lookup_failed`, `timeout`.",
            ["success", .. Words.Of(ConnectFailureCause.None), .. Words.Of(DnsSeedFailure.None, DnsSeedFailure.Timeout, DnsSeedFailure.LookupFailed)]),
        new(Phase, "The step in which a dial or attempt failed; `none` when it succeeded.", Words.Of<ConnectPhase>()),
        new(
            "connmgr.reason",
            "The cause of the refusal of an inbound connection; `canceled` while the network is suspended, `unknown` when its stream has no endpoints.",
            [
                "gate_refused", "duplicate_address", "connection_limit", "host_limit", "prefix_limit", "handshake_limit", "rate_limit", "flood_limit", "canceled", "stopped", "unknown",
            ]),
        new(
            "connmgr.limit.scope",
            "The limit.",
            ["gate_refused", "connection_limit", "duplicate_address", "netgroup_limit", "recently_tried", "network_outage"]),
        new("connmgr.route", "A route: direct by family or by name, through proxies, or of a custom kind.", ["ipv4", "ipv6", "name", "proxy", "other"]),
        new("connmgr.ban.change", "The change of a ban.", Words.Of<BanChangeKind>()),
        new("connmgr.ban.cause", "The cause of a ban.", Words.Of<BanCause>()),
        new("connmgr.misbehavior", "The misbehaviour: the name of the `Misbehavior`. For a `PeerNetwork`, the name of the `ProtocolViolation`.", [], "At most 40 names, then `other`."),
        new("connmgr.verdict", "The verdict on the host.", Words.Of<MisbehaviorAction>()),
        new("connmgr.dns_seed.host", "The name of a DNS seed, as in the chain's parameters.", [], "The seeds of the chain."),
        new("connmgr.address.table", "The table of the address book.", ["new", "tried"]),
        new("connmgr.address.source", "The origin of addresses: DNS seeds, fixed seeds, or peers (including seed nodes).", ["dns", "fixed", "gossip"]),
        new("connmgr.receive.share", "The half of the receive budget: that of inbound peers, or that of outbound and permitted ones.", ["inbound", "reserved"]),
        new("connmgr.port.state", "The outcome of port mapping: at a public address, at an address behind another NAT, where no peer can connect, or not mapped.", ["public", "behind_nat", "unmapped"]),
        new("connmgr.transport", "The transport of a peer: v2 is the encrypted one (BIP324).", ["v1", "v2"]),
        new("connmgr.trial.outcome", "The end of a trial: it took the place of a peer, it did not, or it could not be connected. Trials that were given up are left out.", ["promoted", "rejected", "failed"]),
        new("connmgr.receive.measure", "The measure against a connection whose peer sends more than is read.", ["slowed", "closed"]),
        new("connmgr.fleet.refusal", "The reason why an address was not claimed: another process holds it, or Redis was away.", ["held", "unavailable"]),
        new("network.io.direction", "Received or sent.", ["receive", "transmit"]),
        new(ErrorType, "The type of an undocumented exception: of the program's dialler, handshake or handler.", [], "The types that the program throws."),
    ];

    public static IReadOnlyList<InstrumentInfo> Instruments { get; } =
    [
        new("connmgr.connections", [Instance, Direction, Kind, Network, State]),
        new("connmgr.connections.target", [Instance]),
        new("connmgr.connections.max_inbound", [Instance]),
        new("connmgr.group.target", [Instance, "connmgr.group"]),
        new("connmgr.group.connections", [Instance, "connmgr.group"]),
        new("connmgr.connection.duration", [Instance, Direction, Network, "connmgr.connection.end_reason"], ErrorType),
        new("connmgr.dial.attempts", [Instance, Kind, Network, Outcome, Phase], ErrorType),
        new("connmgr.dial.duration", [Instance, Network, Outcome, Phase]),
        new("connmgr.dial.in_flight", [Instance, Kind, Network]),
        new("connmgr.dial.queued", [Instance]),
        new("connmgr.dial.backoff.addresses", [Instance]),
        new("connmgr.handshake.duration", [Instance, Direction, Network, Outcome], ErrorType),
        new("connmgr.peer.round_trip", [Instance, Direction, Network]),
        new("connmgr.inbound.accepted", [Instance, Network]),
        new("connmgr.inbound.rejected", [Instance, "connmgr.reason"]),
        new("connmgr.evictions", [Instance, State]),
        new("connmgr.limits.blocked", [Instance, "connmgr.limit.scope"]),
        new("connmgr.reachability.state", [Instance, "connmgr.route"]),
        new("connmgr.events.dropped", [Instance]),
        new("connmgr.peer.score.bumps", [Instance, "connmgr.misbehavior", "connmgr.verdict"]),
        new("connmgr.bans", [Instance, "connmgr.ban.change", "connmgr.ban.cause"]),
        new("connmgr.bans.active", [Instance]),
        new("connmgr.dns_seed.lookups", [Instance, "connmgr.dns_seed.host", Outcome]),
        new("connmgr.addresses", [Instance, Network, "connmgr.address.table"]),
        new("connmgr.addresses.quarantined", [Instance]),
        new("connmgr.addresses.external", [Instance, Network]),
        new("connmgr.ports", [Instance, "connmgr.port.state"]),
        new("connmgr.clock.offset", [Instance]),
        new("connmgr.i2p.sessions", [Instance]),
        new("connmgr.trials", [Instance, "connmgr.trial.outcome"]),
        new("connmgr.addresses.sourced", [Instance, "connmgr.address.source"]),
        new("connmgr.network.io", [Instance, "network.io.direction"]),
        new("connmgr.transport.peers", [Instance, "connmgr.transport"]),
        new("connmgr.receive.memory", [Instance, "connmgr.receive.share"]),
        new("connmgr.receive.discarded", [Instance]),
        new("connmgr.receive.restrained", [Instance, "connmgr.receive.measure"]),
        new("connmgr.crawl.visits", [Instance, Network, Outcome]),
        new("connmgr.crawl.visit.duration", [Instance, Network, Outcome]),
        new("connmgr.crawl.visits.active", [Instance]),
        new("connmgr.crawl.rounds", [Instance]),
        new("connmgr.crawl.frontier.outages", [Instance]),
        new("connmgr.fleet.ready", [Instance]),
        new("connmgr.fleet.outages", [Instance]),
        new("connmgr.fleet.claims", [Instance]),
        new("connmgr.fleet.claims.refused", [Instance, "connmgr.fleet.refusal"]),
    ];

    // Not here, though other managers have it: a counter of claims. Claims are of one process, and a claim that is refused or taken over is an outcome already: duplicate_address in
    // connmgr.limits.blocked and connmgr.dial.attempts, superseded in connmgr.dial.attempts and connmgr.connection.duration.
}
