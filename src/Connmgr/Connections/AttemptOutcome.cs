using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The outcome of one attempt to connect: a dial and, where there is one, a handshake.</summary>
public readonly struct AttemptOutcome
{
    /// <summary>The id of the request that the attempt was made for.</summary>
    public required long RequestId { get; init; }

    /// <summary>The address that was dialled, or that an inbound peer came from; null when there was none, or it is not known.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public required EndPoint? EndPoint { get; init; }

    /// <summary>The step that the attempt ended in; <see cref="ConnectPhase.None"/> when it succeeded or no dial was begun.</summary>
    public ConnectPhase Phase { get; init; }

    /// <summary>The cause of the failure; <see cref="ConnectFailureCause.None"/> when the attempt succeeded.</summary>
    public ConnectFailureCause Cause { get; init; }

    /// <summary>The time from the start of the dial to the end of the attempt.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>
    /// True when the failure is evidence against the address. False when the attempt was given up, the proxy failed, the local network is
    /// down, or an inbound peer failed, because its port cannot be dialled.
    /// </summary>
    public bool CountsAgainstAddress { get; init; }

    /// <summary>
    /// The number of automatic connections to the address in a row, before this attempt, that the peer or the network ended within a minute
    /// (or <see cref="ConnectionManagerOptions.RetryDuration"/> if that is longer). If it is more than zero, a success proves little.
    /// </summary>
    public int ShortConnections { get; init; }

    /// <summary>The exception that the dialer or the handshake threw, if any.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public Exception? Exception { get; init; }

    /// <summary>The <see cref="Candidate.Tag"/> of the source, or the tag that the caller gave to <see cref="ConnectionManager.Connect"/>.</summary>
    [JsonIgnore]
    public object? Tag { get; init; }

    /// <summary>True when the attempt led to an established connection.</summary>
    public bool Succeeded => Cause == ConnectFailureCause.None;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(AttemptOutcome),
        (nameof(RequestId), RequestId),
        (nameof(EndPoint), EndPoint),
        (nameof(Phase), Phase),
        (nameof(Cause), Cause),
        (nameof(Duration), Duration),
        (nameof(CountsAgainstAddress), CountsAgainstAddress),
        (nameof(ShortConnections), ShortConnections),
        (nameof(Exception), Exception),
        (nameof(Tag), Tag),
        (nameof(Succeeded), Succeeded));
}
