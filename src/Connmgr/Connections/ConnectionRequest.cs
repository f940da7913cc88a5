using System.Net;
using System.Text.Json.Serialization;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// A request for an outbound connection, created by <see cref="ConnectionManager.Connect"/> or
/// <see cref="ConnectionManager.NewConnectionRequest"/>, or by the manager itself for an automatic slot. A view of the manager's state;
/// every member may be read from any thread.
/// </summary>
public sealed class ConnectionRequest
{
    private readonly Request _request;
    private readonly TaskCreationOptions _taskOptions;

    // Created on first use, or on a failure. Most requests are automatic ones, for which no one uses it; a success can also be provided later.
    private TaskCompletionSource<AttemptOutcome>? _firstOutcome;
    private TimeSpan? _connectedAfter;

    /// <summary>The connection that was last passed to a handler, until that handler has returned. Used by the loop only.</summary>
    private Connection? _current;

    /// <summary>The connection to pass on once that handler has returned. Used by the loop only.</summary>
    private Connection? _next;

    internal ConnectionRequest(Request request, TaskCreationOptions taskOptions)
    {
        _request = request;
        _taskOptions = taskOptions;
        request.Handle = this;
    }

    /// <summary>The id, 1 or more. The manager never reuses it, and it stays the same through all retries.</summary>
    public long Id => _request.Id;

    /// <summary>
    /// The address to dial: an IP address in its plain form (a copy, IPv4 not mapped into IPv6), any other unchanged. Null until the
    /// address source has provided one.
    /// </summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? EndPoint => _request.EndPoint;

    /// <summary>The kind of the connections.</summary>
    public ConnectionKind Kind => _request.Kind;

    /// <summary>
    /// The tag of the caller: the argument of <see cref="ConnectionManager.Connect"/>, or the tag of the source's <see cref="Candidate"/>.
    /// Null without one.
    /// </summary>
    [JsonIgnore]
    public object? Tag => _request.Tag;

    /// <summary>The current state.</summary>
    public ConnectionState State => _request.State;

    /// <summary>
    /// A task that completes with the outcome of the first attempt, or the reason why there was none. Never faults and is never cancelled.
    /// </summary>
    [JsonIgnore]
    public Task<AttemptOutcome> FirstOutcome
    {
        get
        {
            lock (_request)
            {
                if (_firstOutcome is null)
                {
                    _firstOutcome = new(_taskOptions);
                    if (_connectedAfter is { } duration)
                        _firstOutcome.SetResult(new AttemptOutcome { RequestId = Id, EndPoint = EndPoint, Duration = duration, Tag = Tag });
                }

                return _firstOutcome.Task;
            }
        }
    }

    internal void TrySetFirstOutcome(in AttemptOutcome outcome)
    {
        TaskCompletionSource<AttemptOutcome>? firstOutcome;
        lock (_request)
        {
            if (_connectedAfter is not null)
                return;
            if (outcome.Succeeded)
                _connectedAfter = outcome.Duration;
            else
                _firstOutcome ??= new(_taskOptions);
            firstOutcome = _firstOutcome;
        }

        firstOutcome?.TrySetResult(outcome);
    }

    /// <summary>Completes <see cref="FirstOutcome"/>, if it is not completed: the manager has stopped, and nothing is attempted.</summary>
    internal void TrySetStopped(Exception? exception) => TrySetFirstOutcome(new AttemptOutcome
    {
        RequestId = Id,
        EndPoint = EndPoint,
        Cause = ConnectFailureCause.Stopped,
        Exception = exception,
        Tag = Tag,
    });

    /// <summary>Passes a connection on, unless the handler of the previous one has not returned yet. Used by the loop only.</summary>
    /// <returns>True if its handler must be started now.</returns>
    internal bool TryHandOver(Connection connection)
    {
        if (_current is not null)
        {
            _next = connection;
            return false;
        }

        _current = connection;
        return true;
    }

    /// <summary>Forgets a connection that ended before it was passed on. Used by the loop only. Design C-23.</summary>
    internal void ForgetNext(Connection connection)
    {
        if (_next == connection)
            _next = null;
    }

    /// <summary>Passes on the connection that waited for a handler to return. Used by the loop only.</summary>
    /// <returns>The connection whose handler must be started; null if there is none.</returns>
    internal Connection? TakeNextAfter(Connection connection)
    {
        if (_current != connection)
            return null;
        (_current, _next) = (_next, null);
        return _current;
    }

    /// <summary>Returns the address and the id, as in btcd.</summary>
    /// <returns>For example <c>1.2.3.4:8333 (reqid 5)</c>.</returns>
    public override string ToString() => EndPoint is { } endPoint ? $"{EndPointText.Format(endPoint)} (reqid {Id})" : $"reqid {Id}";
}
