namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The instruments and their tags, as the reference page has them. The tests hold it to what is measured.</summary>
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
        new(Instance, "Which manager or network of the process: `InstanceName`. By default the name of the chain for a network, else `default`.", [], "The program names them."),
        new(Direction, "Who opened the connection.", Words.Of<ConnectionDirection>()),
        new(Kind, "What a connection or dial is for.", Words.Of<ConnectionKind>()),
        new(State, "How far a connection is.", ["handshaking", "established"]),
        new("connmgr.connection.end_reason", "What ended a connection.", Words.Of(DisconnectCause.NotEstablished)),
        new(
            Network,
            "The network of the peer: of an outbound connection that of the address as dialled (`name` is a host name), of an inbound one where it comes from (`onion`: our onion service).",
            ["ipv4", "ipv6", "onion", "i2p", "cjdns", "name", "other"]),
        new(
            Outcome,
            "How something ended: `success`, or why it failed. Of DNS seeds: `no_addresses`, `lookup_failed`, `timeout`.",
            ["success", .. Words.Of(ConnectFailureCause.None), .. Words.Of(DnsSeedFailure.None, DnsSeedFailure.Timeout, DnsSeedFailure.LookupFailed)]),
        new(Phase, "The step that a dial or attempt failed in; `none` when it succeeded.", Words.Of<ConnectPhase>()),
        new(
            "connmgr.reason",
            "Why an inbound connection was refused; `canceled` while the network is suspended, `unknown` when its stream did not tell its endpoints.",
            [
                "gated", "duplicate_address", "limit_reached", "host_limit", "prefix_limit", "handshake_limit", "rate_limit", "flood", "canceled", "stopped", "unknown",
            ]),
        new(
            "connmgr.limit.scope",
            "Which limit.",
            ["gated", "limit_reached", "duplicate_address", "netgroup_full", "recently_tried", "network_outage"]),
        new("connmgr.route", "A way out: direct by family or by name, through proxies, or of the user's own kind.", ["ipv4", "ipv6", "name", "proxy", "other"]),
        new("connmgr.ban.change", "What happened to bans.", Words.Of<BanChangeKind>()),
        new("connmgr.ban.cause", "What they come from.", Words.Of<BanCause>()),
        new("connmgr.misbehavior", "What a peer did: the name of the `Misbehavior`. Of a `PeerNetwork`, the name of the `ProtocolViolation`.", [], "At most 40 names, then `other`."),
        new("connmgr.verdict", "What came of it.", Words.Of<ScoreVerdict>()),
        new("connmgr.dns_seed.host", "The name of a DNS seed, as the chain has it.", [], "The seeds of the chain."),
        new("connmgr.address.table", "The table of the address book.", ["new", "tried"]),
        new("connmgr.address.source", "Where addresses come from: DNS seeds, fixed seeds, or what peers told (seed nodes included).", ["dns", "fixed", "gossip"]),
        new("connmgr.receive.share", "The half of the receive budget: that of inbound peers, or that of outbound and permitted ones.", ["inbound", "reserved"]),
        new("connmgr.receive.measure", "What was done to a connection whose peer sends more than is read.", ["slowed", "closed"]),
        new("network.io.direction", "Received or sent.", ["receive", "transmit"]),
        new(ErrorType, "The type of an exception that is no documented one: of the program's dialler, handshake or handler.", [], "The types that the program throws."),
    ];

    public static IReadOnlyList<InstrumentInfo> Instruments { get; } =
    [
        new("connmgr.connections", [Instance, Direction, Kind, Network, State]),
        new("connmgr.connections.target", [Instance]),
        new("connmgr.connections.max_inbound", [Instance]),
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
        new("connmgr.addresses.sourced", [Instance, "connmgr.address.source"]),
        new("connmgr.network.io", [Instance, "network.io.direction"]),
        new("connmgr.receive.memory", [Instance, "connmgr.receive.share"]),
        new("connmgr.receive.discarded", [Instance]),
        new("connmgr.receive.restrained", [Instance, "connmgr.receive.measure"]),
    ];

    // Not here, though other managers have it: a counter of claims. Claims are of one process, and a claim that is refused or taken over is an outcome already: duplicate_address in
    // connmgr.limits.blocked and connmgr.dial.attempts, superseded in connmgr.dial.attempts and connmgr.connection.duration.
}
