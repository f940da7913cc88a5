using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// A request for a connection, as the rules see it. An inbound connection is also a request, made by the peer. Changed by the rules only;
/// other threads may read <see cref="Kind"/>, <see cref="State"/>, <see cref="EndPoint"/> and <see cref="Tag"/>.
/// </summary>
internal sealed class Request(long id, ConnectionKind kind, EndPoint? endPoint) : Timed
{
    private volatile EndPoint? _endPoint = endPoint;
    private volatile ConnectionKind _kind = kind;
    private volatile object? _tag;
    private volatile ConnectionState _state = ConnectionState.Pending;

    public long Id => id;

    /// <summary>The kind. A trial becomes automatic when it is promoted.</summary>
    public ConnectionKind Kind { get => _kind; set => _kind = value; }

    /// <summary>The profile of a trial.</summary>
    public string Profile { get; init; } = string.Empty;

    /// <summary>True when the address was chosen for its merits, not by the user: a discouraged one is not dialled.</summary>
    public bool IsChosen => FromSource || Kind is ConnectionKind.Automatic or ConnectionKind.Trial;

    /// <summary>The address to dial; null until the source has supplied one.</summary>
    public EndPoint? EndPoint { get => _endPoint; set => _endPoint = value; }

    /// <summary>The address in the form that is claimed and compared.</summary>
    public EndPoint? Key { get; set; }

    public ConnectionState State { get => _state; set => _state = value; }

    public bool FromSource { get; set; }

    /// <summary>The address as the source offered it.</summary>
    public EndPoint? OfferedAs { get; set; }

    /// <summary>The tag, from the user or the source.</summary>
    public object? Tag { get => _tag; set => _tag = value; }

    /// <summary>The current attempt or connection, if any.</summary>
    public Link? Link { get; set; }

    /// <summary>The number of failed attempts and short connections in a row: the factor of the next retry delay.</summary>
    public int Failures { get; set; }

    /// <summary>Its place among the one-offs that wait for an address of the source.</summary>
    public LinkedListNode<Request>? Waiting { get; set; }

    /// <summary>The number of attempts so far; those that were not dialled count too.</summary>
    public int Attempts { get; set; }

    /// <summary>True when there has been a connection.</summary>
    public bool WasEstablished { get; set; }

    /// <summary>True when the current attempt, or the resulting connection, is the one that a triggered reconnect allows.</summary>
    public bool IsReconnect { get; set; }

    /// <summary>True when an automatic request keeps its slot while it reconnects.</summary>
    public bool HoldsSlot { get; set; }

    public bool IsEnded { get; set; }

    /// <summary>The shell's object for it.</summary>
    public object? Handle { get; set; }

    /// <summary>Gets the outcome of a request that is not dialled.</summary>
    public AttemptOutcome Undialed(ConnectFailureCause cause, Exception? exception = null) =>
        new() { RequestId = id, EndPoint = EndPoint, Cause = cause, Exception = exception, Tag = Tag };
}
