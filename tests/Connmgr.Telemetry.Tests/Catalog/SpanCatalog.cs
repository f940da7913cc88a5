namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The spans, as the reference page has them. The tests hold it to what is traced.</summary>
internal static class SpanCatalog
{
    public const string Dial = "connmgr.dial";

    public static IReadOnlyList<TagInfo> Tags { get; } =
    [
        new("connmgr.instance", "As of measurements.", [], "The program names them."),
        new("connmgr.connection.kind", "As of measurements.", Words.Of<ConnectionKind>()),
        new("connmgr.connection.direction", "As of measurements.", Words.Of<ConnectionDirection>()),
        new("connmgr.network", "As of measurements.", ["ipv4", "ipv6", "onion", "i2p", "cjdns", "name", "other"]),
        new("connmgr.request.id", "The id of the request or the inbound connection, as in the log.", [], "A number."),
        new("connmgr.outcome", "As of measurements.", ["success", .. Words.Of(ConnectFailureCause.None), .. Words.Of(DnsSeedFailure.None, DnsSeedFailure.Timeout, DnsSeedFailure.LookupFailed)]),
        new("connmgr.phase", "The step that an attempt failed in.", Words.Of(ConnectPhase.None)),
        new("connmgr.dns_seed.addresses", "How many addresses a DNS seed gave.", [], "A number."),
        new("server.address", "The address or host name that is dialled, or the name looked up.", [], "An address: on spans only."),
        new("server.port", "Its port.", [], "A number."),
        new("network.peer.address", "The peer's address, of an inbound connection, or one that a name led to.", [], "An address: on spans only."),
        new("network.peer.port", "Its port.", [], "A number."),
        new("dns.question.name", "The name that is looked up.", [], "A name: on spans only."),
        new("error.type", "Why it failed: the value of connmgr.outcome, or the type of an exception that is no documented one.", [], "Causes and types."),
    ];

    public static IReadOnlyList<SpanInfo> Spans { get; } =
    [
        new(
            Dial,
            "Client",
            null,
            "An outbound attempt, from the start of its dial to the end of its handshake, or to when it was given up. What the program's own dialler traces is under it too.",
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
            "One TCP connection by `TcpDialer`; a name with several addresses may have several at once, of which one wins.",
            ["network.peer.address", "network.peer.port"],
            "error.type"),
        new("connmgr.dial.proxy", "Client", Dial, "A connection through a SOCKS5 proxy by `Socks5Dialer`: to the proxy, whose address it has, and from there onwards.", ["server.address"], "server.port", "error.type"),
        new(
            "connmgr.handshake",
            "Internal",
            Dial,
            "The handshake of a connection: under its dial when it is outbound, on its own when it is inbound.",
            ["connmgr.instance", "connmgr.connection.direction", "connmgr.connection.kind", "connmgr.network", "connmgr.request.id"],
            "network.peer.address",
            "network.peer.port",
            "error.type"),
        new(
            "connmgr.dns_seed",
            "Client",
            null,
            "A DNS seed that is asked, its repeated look-ups included.",
            ["connmgr.instance", "dns.question.name", "connmgr.outcome", "connmgr.dns_seed.addresses"],
            "error.type"),
    ];
}
