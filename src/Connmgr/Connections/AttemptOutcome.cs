using System.Net;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>How one attempt to connect ended: dial and, where there is one, handshake.</summary>
public readonly struct AttemptOutcome
{
    /// <summary>The id of the request that the attempt was made for.</summary>
    public required long RequestId { get; init; }

    /// <summary>The address as it was dialled, or that an inbound peer came from; null when there was none, or it is not known.</summary>
    [JsonConverter(typeof(EndPointJsonConverter))]
    public required EndPoint? EndPoint { get; init; }

    /// <summary>The step that the attempt ended in; <see cref="ConnectPhase.None"/> when it succeeded or no dial was begun.</summary>
    public ConnectPhase Phase { get; init; }

    /// <summary>Why it failed; <see cref="ConnectFailureCause.None"/> when it succeeded.</summary>
    public ConnectFailureCause Cause { get; init; }

    /// <summary>From the start of the dial to the end of the attempt.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>
    /// False when the failure says nothing against the address: we gave up, the proxy was at fault, our own network is out, or an inbound
    /// peer failed, whose port is no address to dial.
    /// </summary>
    public bool CountsAgainstAddress { get; init; }

    /// <summary>
    /// How many automatic connections to the address in a row, before this attempt, ended within a minute (or <see cref="ConnectionManagerOptions.RetryDuration"/> when that is longer)
    /// and not because we ended them. More than zero: a success proves little.
    /// </summary>
    public int ShortConnections { get; init; }

    /// <summary>The exception that the dialler or handshake threw, if any.</summary>
    [JsonConverter(typeof(ExceptionJsonConverter))]
    public Exception? Exception { get; init; }

    /// <summary>What the source put into <see cref="Candidate.Tag"/>, or the caller gave to <see cref="ConnectionManager.Connect"/>.</summary>
    [JsonIgnore]
    public object? Tag { get; init; }

    /// <summary>True when the attempt gave an established connection.</summary>
    public bool Succeeded => Cause == ConnectFailureCause.None;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(
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
