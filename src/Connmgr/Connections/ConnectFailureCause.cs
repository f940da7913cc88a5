using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The cause for which an attempt to connect ended without a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectFailureCause>))]
public enum ConnectFailureCause
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>Not known. Proves nothing about the peer's network: the cause of every exception that is not a <see cref="ConnectFailedException"/>.</summary>
    Unknown,

    /// <summary>The peer's host answered and refused.</summary>
    Refused,

    /// <summary>No answer within the time allowed.</summary>
    Timeout,

    /// <summary>No route to the host or its network.</summary>
    Unreachable,

    /// <summary>The peer closed or reset the connection before the attempt was complete.</summary>
    Reset,

    /// <summary>The peer answered something that its protocol does not allow, or lacks what is required of it.</summary>
    ProtocolViolation,

    /// <summary>
    /// The peer began with a transport that the handshake does not speak, and is expected to come again at once with another: Bitcoin Core
    /// tries the encrypted one (BIP324) first. Nothing is held against it. An inbound connection that ends so gives what it used of
    /// <see cref="InboundLimits.AcceptsPerSecond"/> back, as often as that rate allows.
    /// </summary>
    UnsupportedTransport,

    /// <summary>The host name has no address.</summary>
    NameNotFound,

    /// <summary>The proxy itself could not be reached or did not work: nothing was learned about the peer.</summary>
    ProxyUnreachable,

    /// <summary>The peer is this program itself.</summary>
    SelfConnection,

    /// <summary>
    /// The address and port are those of another outbound request, connected, being dialled, or permanent and waiting. An inbound connection
    /// is refused for it too, but claims no address: most come from a port that no one dials.
    /// </summary>
    DuplicateAddress,

    /// <summary>As many connections to the address's netgroup exist as are allowed.</summary>
    NetgroupLimit,

    /// <summary>
    /// The address failed or was lost quickly less than <see cref="ConnectionManagerOptions.RetryDuration"/> ago: it was not dialled.
    /// </summary>
    RecentlyTried,

    /// <summary>The way to the address gives no answer at present; it was not dialled beyond the occasional probe.</summary>
    NetworkOutage,

    /// <summary>The <see cref="ConnectionManagerOptions.Gate"/> refused the address (a ban, for example).</summary>
    GateRefused,

    /// <summary>
    /// As many connections exist as <see cref="ConnectionManagerOptions.MaxInbound"/> or <see cref="InboundLimits.MaxConnections"/> allows,
    /// and none was worth less.
    /// </summary>
    ConnectionLimit,

    /// <summary>As many inbound connections from the host exist as <see cref="InboundLimits.MaxPerHost"/> allows.</summary>
    HostLimit,

    /// <summary>
    /// As many inbound connections from the prefix exist as <see cref="InboundLimits.MaxPerPrefix"/> allows, or from the onion service as
    /// <see cref="ListenerProfile.MaxConnections"/>.
    /// </summary>
    PrefixLimit,

    /// <summary>As many inbound handshakes are unfinished, of the prefix or in total, as <see cref="InboundLimits"/> allows.</summary>
    HandshakeLimit,

    /// <summary>The source of the inbound connection connects more often than <see cref="InboundLimits.AcceptsPerSecond"/> allows.</summary>
    RateLimit,

    /// <summary>There is a flood (<see cref="InboundLimits.FloodThreshold"/>), and the lot fell on this inbound connection.</summary>
    FloodLimit,

    /// <summary>Another inbound connection took its place during its handshake (<see cref="InboundLimits.EvictionEnabled"/>).</summary>
    Evicted,

    /// <summary>The address source had no address to give.</summary>
    NoAddress,

    /// <summary>A permanent request took the address over.</summary>
    Superseded,

    /// <summary>Given up by us before it ended: disconnected, removed, the network suspended, or no slot left to fill.</summary>
    Canceled,

    /// <summary>The manager has been stopped.</summary>
    Stopped,

    /// <summary>The host name could not be looked up for now: no name server could be reached, or none had an answer. Says nothing about the name or the peer.</summary>
    LookupFailed,
}
