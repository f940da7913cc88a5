namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The spans of the reference page. Tests compare them with actual traces.</summary>
internal static class SpanCatalog
{
    public const string Dial = "connmgr.dial";

    public static IReadOnlyList<TagInfo> Tags { get; } =
    [
        new("connmgr.instance", "As for measurements.", [], "The program names them."),
        new("connmgr.connection.kind", "As for measurements.", Words.Of<ConnectionKind>()),
        new("connmgr.connection.direction", "As for measurements.", Words.Of<ConnectionDirection>()),
        new("connmgr.network", "As for measurements.", ["ipv4", "ipv6", "onion", "i2p", "cjdns", "name", "other"]),
        new("connmgr.request.id", "The id of the request or the inbound connection, as in the log.", [], "A number."),
        new("connmgr.outcome", "As for measurements.", ["success", .. Words.Of(ConnectFailureCause.None), .. Words.Of(DnsSeedFailure.None, DnsSeedFailure.Timeout, DnsSeedFailure.LookupFailed)]),
        new("connmgr.phase", "The step in which an attempt failed.", Words.Of(ConnectPhase.None)),
        new("connmgr.dns_seed.addresses", "The number of addresses from a DNS seed.", [], "A number."),
        new("server.address", "The dialled address or host name, or the name looked up.", [], "An address: on spans only."),
        new("server.port", "Its port.", [], "A number."),
        new("network.peer.address", "The peer's address: for an inbound connection, or the one to which a name resolved.", [], "An address: on spans only."),
        new("network.peer.port", "Its port.", [], "A number."),
        new("dns.question.name", "The name that is looked up.", [], "A name: on spans only."),
        new("error.type", "The cause of the failure: the value of connmgr.outcome, or the type of an undocumented exception.", [], "Causes and types."),
    ];

    public static IReadOnlyList<SpanInfo> Spans { get; } =
    [
        new(
            Dial,
            "Client",
            null,
            "An outbound attempt, from the start of its dial to the end of its handshake, or until it was given up. Spans of the program's dialler are below it, too.",
            ["connmgr.instance", "connmgr.connection.kind", "connmgr.network", "connmgr.request.id", "connmgr.outcome"],
            "server.address",
            "server.port",
            "connmgr.phase",
            "error.type"),
        new("connmgr.dial.resolve", "Client", Dial, "The look-up of a host name by `TcpDialer`.", ["dns.question.name"], "error.type"),
        new(
            "connmgr.dial.tcp",
            "Client",
            Dial,
            "One TCP connection by `TcpDialer`; a name with several addresses may have several at once, of which one succeeds.",
            ["network.peer.address", "network.peer.port"],
            "error.type"),
        new("connmgr.dial.proxy", "Client", Dial, "A connection through a SOCKS5 proxy by `Socks5Dialer`: to the proxy, whose address it has, and onward.", ["server.address"], "server.port", "error.type"),
        new(
            "connmgr.handshake",
            "Internal",
            Dial,
            "The handshake of a connection: below its dial when it is outbound, a root span when it is inbound.",
            ["connmgr.instance", "connmgr.connection.direction", "connmgr.connection.kind", "connmgr.network", "connmgr.request.id"],
            "network.peer.address",
            "network.peer.port",
            "error.type"),
        new(
            "connmgr.dns_seed",
            "Client",
            null,
            "A query of a DNS seed, including repeated look-ups.",
            ["connmgr.instance", "dns.question.name", "connmgr.outcome", "connmgr.dns_seed.addresses"],
            "error.type"),
    ];
}
