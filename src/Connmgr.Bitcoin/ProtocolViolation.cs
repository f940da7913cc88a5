using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// The rules of the protocol that a peer can break. <see cref="MisbehaviorPolicy.GetResponse"/> gives the response to each.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProtocolViolation>))]
public enum ProtocolViolation
{
    /// <summary>
    /// A message does not begin with the chain's four magic bytes: the peer is on another chain, or speaks another protocol.
    /// </summary>
    WrongMagic,

    /// <summary>The command of a message is empty, not printable ASCII, or not padded with NUL bytes.</summary>
    BadCommand,

    /// <summary>A message claims a payload longer than <see cref="ChainParameters.MaxPayloadLength"/>.</summary>
    MessageTooLarge,

    /// <summary>The payload of a message does not match its checksum.</summary>
    BadChecksum,

    /// <summary>The stream ended within a message.</summary>
    Truncated,

    /// <summary>Another message came where the version message was due.</summary>
    MessageBeforeVersion,

    /// <summary>The version message does not follow its format.</summary>
    BadVersionMessage,

    /// <summary>The user agent is longer than <see cref="VersionMessage.MaxUserAgentLength"/> bytes.</summary>
    UserAgentTooLong,

    /// <summary>The peer's protocol version is below <see cref="BitcoinPeerOptions.MinProtocolVersion"/>.</summary>
    ObsoleteVersion,

    /// <summary>The peer lacks services that <see cref="BitcoinPeerOptions.RequiredServices"/> asks for.</summary>
    MissingServices,

    /// <summary>The peer is the node itself: the version message has a nonce of the node.</summary>
    SelfConnection,

    /// <summary>A second version message.</summary>
    DuplicateVersion,

    /// <summary>More than 100 other messages came before verack.</summary>
    MissingVerack,

    /// <summary>A message that belongs before verack (wtxidrelay, sendaddrv2) came after it.</summary>
    UnexpectedHandshakeMessage,

    /// <summary>A message that this library handles itself, such as ping, does not follow its format.</summary>
    BadPayload,

    /// <summary>A ping was not answered within <see cref="BitcoinPeerOptions.PongTimeout"/>.</summary>
    PongTimeout,

    /// <summary>The peer took none of the bytes sent to it for <see cref="BitcoinPeerOptions.SendTimeout"/>.</summary>
    SendTimeout,

    /// <summary>More than <see cref="BitcoinPeerOptions.MaxSendBacklog"/> bytes wait for the peer to take them.</summary>
    SendBacklog,

    /// <summary>An addr or addrv2 message of more than <see cref="AddressMessage.MaxEntries"/> entries.</summary>
    TooManyAddresses,

    /// <summary>An addrv2 message with an address of more than <see cref="NetworkAddress.MaxBip155Length"/> bytes (BIP155).</summary>
    AddressTooLong,

    /// <summary>An addrv2 message with an address whose length is not that of its network (BIP155).</summary>
    WrongAddressLength,

    /// <summary>A second verack.</summary>
    DuplicateVerack,

    /// <summary>
    /// The peer held memory of <see cref="BitcoinPeerOptions.ReceiveBudget"/> for a message that it did not finish, while others waited.
    /// </summary>
    ReceiveBudget,

    /// <summary>A message with more entries than Bitcoin Core allows: inv, getdata, headers, filterload, filteradd.</summary>
    TooManyEntries,

    /// <summary>A getheaders or getblocks message with more than 101 hashes in its locator.</summary>
    LocatorTooLong,

    /// <summary>A packet of the encrypted transport (BIP324) is not authentic.</summary>
    BadPacket,

    /// <summary>The peer's garbage of the encrypted transport (BIP324) is longer than 4095 bytes.</summary>
    MissingTerminator,

    /// <summary>
    /// Before its version packet of the encrypted transport (BIP324), the peer sent decoys of more bytes than the longest message has.
    /// </summary>
    TooManyDecoys,

    /// <summary>A feature message before verack that does not follow its format (BIP434).</summary>
    BadFeature,
}
