using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The cause of an attempt's end without a connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectFailureCause>))]
public enum ConnectFailureCause
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>
    /// Not known. Proves nothing about the peer's network: the cause of every exception that is not a <see cref="ConnectFailedException"/>.
    /// </summary>
    Unknown,

    /// <summary>The peer's host answered and refused.</summary>
    Refused,

    /// <summary>No answer within the time allowed.</summary>
    Timeout,

    /// <summary>No route to the host or its network.</summary>
    Unreachable,

    /// <summary>The peer closed or reset the connection before the attempt was complete.</summary>
    Reset,

    /// <summary>The peer violated the protocol, or does not meet the requirements.</summary>
    ProtocolViolation,

    /// <summary>
    /// The peer does not speak a transport that the handshake supports, or began with another one, and is expected to connect again at once:
    /// Bitcoin Core tries the encrypted transport (BIP324) first. Not evidence against the peer. Such an inbound connection returns its token of
    /// <see cref="InboundLimits.AcceptsPerSecond"/>, as often as that rate allows.
    /// </summary>
    UnsupportedTransport,

    /// <summary>The host name has no address.</summary>
    NameNotFound,

    /// <summary>The proxy itself could not be reached or did not work: nothing was learned about the peer.</summary>
    ProxyUnreachable,

    /// <summary>The peer is this program itself.</summary>
    SelfConnection,

    /// <summary>
    /// The address and port belong to another outbound request that is connected, being dialled, or permanent and waiting. An inbound
    /// connection can be refused for this cause but does not claim an address, because most come from a port that no one dials.
    /// </summary>
    DuplicateAddress,

    /// <summary>The limit of connections to the address's netgroup is reached.</summary>
    NetgroupLimit,

    /// <summary>
    /// The address failed or was lost quickly less than <see cref="ConnectionManagerOptions.RetryDuration"/> ago: it was not dialled.
    /// </summary>
    RecentlyTried,

    /// <summary>The route to the address is in an outage; it is only probed from time to time.</summary>
    NetworkOutage,

    /// <summary>The <see cref="ConnectionManagerOptions.Gate"/> refused the address (a ban, for example).</summary>
    GateRefused,

    /// <summary>
    /// The limit <see cref="ConnectionManagerOptions.MaxInbound"/> or <see cref="InboundLimits.MaxConnections"/> is reached, and no
    /// existing connection is worth less.
    /// </summary>
    ConnectionLimit,

    /// <summary>The limit of inbound connections from the host, <see cref="InboundLimits.MaxPerHost"/>, is reached.</summary>
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

    /// <summary>
    /// There is a flood (<see cref="InboundLimits.FloodThreshold"/>), and this inbound connection was chosen at random to be refused.
    /// </summary>
    FloodLimit,

    /// <summary>Another inbound connection took its place during its handshake (<see cref="InboundLimits.EvictionEnabled"/>).</summary>
    Evicted,

    /// <summary>The address source had no address.</summary>
    NoAddress,

    /// <summary>A permanent request took over the address.</summary>
    Superseded,

    /// <summary>
    /// The manager or its user gave up the attempt: it was disconnected or removed, the network was suspended, or no slot was left to fill.
    /// </summary>
    Canceled,

    /// <summary>The manager has been stopped.</summary>
    Stopped,

    /// <summary>
    /// The host name could not be looked up: no name server could be reached, or none had an answer. Proves nothing about the name or the
    /// peer.
    /// </summary>
    LookupFailed,

    /// <summary>
    /// No vacant group of its profile takes the peer: it lacks their traits (<see cref="OutboundGroup.Traits"/>) or its network is not
    /// wanted. Not evidence against the peer, whose address is dialled again for a group that takes it.
    /// </summary>
    Unsuited,
}
