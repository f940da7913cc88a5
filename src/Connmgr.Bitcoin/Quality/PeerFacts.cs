using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// All that a <see cref="PeerNetwork"/> knows of a peer and its address, from which a <see cref="PeerRating"/> is derived: see
/// <see cref="PeerNetwork.GetFacts(BitcoinPeer)"/>. A copy; later events do not change it. Of an address that was never connected to, only
/// the facts of the address book are known.
/// </summary>
public sealed record PeerFacts
{
    /// <summary>The address; null if it is not known.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? EndPoint { get; init; }

    /// <summary>The purpose of the connection; null for an address without one.</summary>
    public PeerPurpose? Purpose { get; init; }

    /// <summary>The services that the peer offers, or those that its address is known for.</summary>
    public NodeServices Services { get; init; }

    /// <summary>The protocol version in use; null for an address without a connection.</summary>
    public int? ProtocolVersion { get; init; }

    /// <summary>The user agent of the peer; null for an address without a connection.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The time that the dial and the handshake took together; null for an inbound peer, and without a connection.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>The last time from a ping to its pong; null if none was answered.</summary>
    public TimeSpan? LastRoundTrip { get; init; }

    /// <summary>The shortest time from a ping to its pong; null if none was answered.</summary>
    public TimeSpan? ShortestRoundTrip { get; init; }

    /// <summary>The time for which the peer has been connected, or was until it ended; zero without a connection.</summary>
    public TimeSpan Stayed { get; init; }

    /// <summary>The cause of the connection's end, which shows who ended it; null while it lasts, and without a connection.</summary>
    public DisconnectCause? EndedBy { get; init; }

    /// <summary>
    /// The number of blocks that the peer was the first to announce, or that the program reported as useful. Announcements are read while
    /// <see cref="PeerNetworkOptions.CreditAnnouncements"/> applies.
    /// </summary>
    public int UsefulBlocks { get; init; }

    /// <summary>The same number for transactions.</summary>
    public int UsefulTransactions { get; init; }

    /// <summary>The number of requests that the peer answered.</summary>
    public long RequestsAnswered { get; init; }

    /// <summary>The number of requests that the peer did not answer in time.</summary>
    public long RequestsTimedOut { get; init; }

    /// <summary>The number of reports of misbehaviour, by the library and by the program.</summary>
    public int Misbehaviors { get; init; }

    /// <summary>
    /// The number of times in a row that the peer left early, timed out or lacked services that it promised: see
    /// <see cref="PeerQuarantine"/>. Known across restarts.
    /// </summary>
    public int QuarantineTimes { get; init; }

    /// <summary>The end of the address's rest in quarantine; null without one. Known across restarts.</summary>
    public DateTimeOffset? RestsUntil { get; init; }

    /// <summary>The number of failed attempts since the last success: <see cref="AddressEntry.FailedAttempts"/>.</summary>
    public int FailedAttempts { get; init; }

    /// <summary>The last time at which a peer was reached at the address; null for never.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(PeerFacts), PrintMembers);
}
