using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// A wish for a connection, as the rules know it. An inbound connection is a request too, made by the peer. Changed by the rules alone;
/// another thread may read <see cref="State"/>, <see cref="EndPoint"/> and <see cref="Tag"/>.
/// </summary>
internal sealed class Request(long id, ConnectionKind kind, EndPoint? endPoint) : Timed
{
    private volatile EndPoint? _endPoint = endPoint;
    private volatile object? _tag;
    private volatile ConnectionState _state = ConnectionState.Pending;

    public long Id => id;

    public ConnectionKind Kind { get; } = kind;

    /// <summary>What is dialled; null until the source gave one.</summary>
    public EndPoint? EndPoint { get => _endPoint; set => _endPoint = value; }

    /// <summary>What is claimed, and compared.</summary>
    public EndPoint? Key { get; set; }

    public ConnectionState State { get => _state; set => _state = value; }

    public bool FromSource { get; set; }

    /// <summary>The address as the source offered it.</summary>
    public EndPoint? OfferedAs { get; set; }

    /// <summary>What whoever asked for it, or the source, put there.</summary>
    public object? Tag { get => _tag; set => _tag = value; }

    /// <summary>The attempt or connection under way, if any.</summary>
    public Link? Link { get; set; }

    /// <summary>Attempts and short connections in a row: the factor of the next pause.</summary>
    public int Failures { get; set; }

    /// <summary>Its place among the one-offs that the source has not given an address yet.</summary>
    public LinkedListNode<Request>? Waiting { get; set; }

    /// <summary>How many attempts have been made.</summary>
    public int Attempts { get; set; }

    /// <summary>Whether there has been a connection.</summary>
    public bool WasEstablished { get; set; }

    /// <summary>Whether the attempt under way, or the connection that came of it, is the one that a triggered reconnect allows.</summary>
    public bool IsReconnect { get; set; }

    /// <summary>Whether an automatic request keeps its slot while it reconnects.</summary>
    public bool HoldsSlot { get; set; }

    public bool IsEnded { get; set; }

    /// <summary>The shell's own.</summary>
    public object? Handle { get; set; }

    /// <summary>Gets the outcome of a request that is not dialled.</summary>
    public AttemptOutcome Undialed(ConnectFailureCause cause, Exception? exception = null) =>
        new() { RequestId = id, EndPoint = EndPoint, Cause = cause, Exception = exception, Tag = Tag };
}
