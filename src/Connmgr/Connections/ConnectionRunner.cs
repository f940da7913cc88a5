using System.Diagnostics;
using System.Net;

namespace Connmgr;

/// <summary>The kinds of work that run for a connection off the loop. The names are shown to users by a stop that was cut short.</summary>
[Flags]
internal enum ConnectionWork
{
    None = 0,
    Dial = 1,
    Handshake = 2,
    Handler = 4,
    ShutDown = 8,

    /// <summary>The disposal of a stream that a dial returned after it was given up.</summary>
    LateDisposal = 16,
}

/// <summary>
/// Runs the work of connections outside the loop, each piece started by an effect of the rules: dial, handshake, handler, shutdown. Work
/// catches its exceptions, and its last step is a message to the loop. The loop's part tracks the connections with running work.
/// </summary>
internal sealed class ConnectionRunner
{
    private readonly ManagerContext _context;

    /// <summary>The connections whose <see cref="Connection.Work"/> is not none. Used by the loop only.</summary>
    private readonly HashSet<Connection> _busy = [];

    // One delegate each for all connections.
    private readonly Func<object, Task> _dial;
    private readonly Func<object, Task> _handshake;
    private readonly Func<object, Task> _handle;
    private readonly Func<object, Task> _shutDown;
    private readonly Func<object, Task> _disposeLate;

    public ConnectionRunner(ManagerContext context)
    {
        _context = context;
        _dial = connection => DialAsync((Connection)connection);
        _handshake = connection => HandshakeAsync((Connection)connection);
        _handle = connection => HandleAsync((Connection)connection);
        _shutDown = connection => ShutDownAsync((Connection)connection);
        _disposeLate = connection => DisposeLateAsync((Connection)connection);
    }

    /// <summary>The connections for which work runs. Used by the loop only.</summary>
    public IReadOnlyCollection<Connection> Busy => _busy;

    public void BeginDial(Connection connection) => Begin(connection, ConnectionWork.Dial, _dial);

    public void BeginHandshake(Connection connection) => Begin(connection, ConnectionWork.Handshake, _handshake);

    public void BeginHandler(Connection connection) => Begin(connection, ConnectionWork.Handler, _handle);

    public void BeginShutDown(Connection connection) => Begin(connection, ConnectionWork.ShutDown, _shutDown);

    public void BeginLateDisposal(Connection connection) => Begin(connection, ConnectionWork.LateDisposal, _disposeLate);

    /// <summary>Notes that a piece of work has returned. Used by the loop only.</summary>
    public void OnReturned(Connection connection, ConnectionWork work)
    {
        Debug.Assert(connection.Work.HasFlag(work), $"{work} of {connection} has returned, but {connection.Work} runs.");
        connection.Work &= ~work;
        if (connection.Work == ConnectionWork.None)
            _busy.Remove(connection);
    }

    private void Begin(Connection connection, ConnectionWork kind, Func<object, Task> work)
    {
        Debug.Assert(!connection.Work.HasFlag(kind), $"{kind} of {connection} runs already.");
        connection.Work |= kind;
        _busy.Add(connection);
        _context.Schedule(work, connection);
    }

    private async Task DialAsync(Connection connection)
    {
        if (!connection.IsEnded)
        {
            try
            {
                _context.MarkInside();
                AttemptTrace.BeginDial(connection);
                if (connection.Link.Request.EndPoint is DnsEndPoint name && !OverlayName.IsOverlay(name.Host))
                    NameDial.Begin(connection);
                if (connection.Link.Request.Tag is IDialTag { NeedsOwnIdentity: true })
                    OwnIdentity.Begin();
                var dial = _context.Options.Dial!(connection.Link.Request.EndPoint!, connection.ClosingToken);
                if (dial.IsCompletedSuccessfully)
                    SetStream(connection, await dial.ConfigureAwait(false));
                else
                {
                    // Many dials fail. Rethrowing the exception takes 3 microseconds, nearly half of the cost of a failed dial.
                    var task = dial.AsTask();
                    await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (task.IsCompletedSuccessfully)
                        SetStream(connection, await task.ConfigureAwait(false));
                    else
                        connection.Failure = task.Exception?.InnerException ?? new TaskCanceledException(task);
                }
            }
            catch (Exception exception)
            {
                connection.Failure = exception;
            }
        }

        _context.PostLast(static (inputs, connection, _, now) => inputs.OnDialed((Connection)connection!, now), connection);
    }

    /// <summary>Keeps the stream of a dial, so that it is disposed even if reading its endpoints fails.</summary>
    private static void SetStream(Connection connection, Stream? stream)
    {
        if (stream is null)
            throw new InvalidOperationException("Dial returned null instead of a stream.");
        connection.KeepStream(stream);
        connection.SetStream(stream, Connection.GetEndPoints(stream, connection.Kind)); // Called without the lock, because it is code of the stream.
    }

    private async Task HandshakeAsync(Connection connection)
    {
        if (!connection.IsEnded)
        {
            Activity? span = null;
            try
            {
                connection.IsStreamReplaceable = true;
                _context.MarkInside();
                span = AttemptTrace.BeginHandshake(connection);
                await _context.Options.Handshake!(connection, connection.ClosingToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                connection.Failure = exception;
                Spans.Failed(span, exception);
            }

            Spans.Stop(span);
            connection.IsStreamReplaceable = false;
        }

        _context.PostLast(static (inputs, connection, _, now) => inputs.OnHandshaken((Connection)connection!, now), connection);
    }

    private async Task HandleAsync(Connection connection)
    {
        if (connection.IsEnded)
        {
            PostHandlerReturned(connection); // It is never passed to a handler.
            return;
        }

        _context.MarkInside();
        AttemptTrace.End(connection);
        DisconnectReason? reason = null; // Without a handler it lasts until it is closed otherwise.
        try
        {
            if (CallHandlerAsync(connection) is { } handler)
            {
                await handler.ConfigureAwait(false);
                reason = DisconnectReason.FromCause(DisconnectCause.HandlerCompleted);
            }
        }
        catch (Exception exception)
        {
            reason = DisconnectReason.FromHandler(exception);
        }

        if (reason is not null)
            _context.PostLast(static (inputs, connection, reason, now) => inputs.OnClose((Connection)connection!, (DisconnectReason)reason!, now), connection, reason);
        if (connection.MarkHandlerReturned())
            await EndHandlerAsync(connection).ConfigureAwait(false);
    }

    /// <summary>Cancels what runs and disposes the stream; after a connection, completes <see cref="Connection.Closed"/>.</summary>
    private async Task ShutDownAsync(Connection connection)
    {
        AttemptTrace.End(connection);
        connection.CancelClosing(_context.Logger);
        await DisposeStreamAsync(connection).ConfigureAwait(false);
        connection.SetClosed();

        // Only a stop waits for this message, and it also waits for the handler.
        _context.PostLast(static (inputs, connection, _, _) => inputs.OnShutDown((Connection)connection!), connection);
        if (connection.MarkShutDown())
        {
            _context.MarkInside();
            await EndHandlerAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Disposes the stream of a dial that succeeded too late.</summary>
    private async Task DisposeLateAsync(Connection connection)
    {
        await DisposeStreamAsync(connection).ConfigureAwait(false);
        _context.PostLast(static (inputs, connection, _, _) => inputs.OnLateDisposed((Connection)connection!), connection);
    }

    /// <summary>
    /// Finishes the handler once it has returned and the connection is shut down. The later of the two does this, so that neither waits for
    /// the other.
    /// </summary>
    private async ValueTask EndHandlerAsync(Connection connection)
    {
        if (connection.Request is { } request && _context.Options.OnDisconnection is { } onDisconnection)
        {
            try
            {
                await onDisconnection(request, connection).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Log.CallbackFailed(_context.Logger, exception, nameof(_context.Options.OnDisconnection), connection.ToString());
            }
        }

        PostHandlerReturned(connection);
    }

    private void PostHandlerReturned(Connection connection) =>
        _context.PostLast(static (inputs, connection, _, _) => inputs.OnHandlerReturned((Connection)connection!), connection);

    /// <summary>Calls the handler of a connection.</summary>
    /// <returns>Its task; null when there is no handler.</returns>
    private Task? CallHandlerAsync(Connection connection) => connection.Request is { } request
        ? _context.Options.OnConnection?.Invoke(request, connection, connection.ClosingToken)
        : _context.Options.OnAccept?.Invoke(connection, connection.ClosingToken);

    private async ValueTask DisposeStreamAsync(Connection connection)
    {
        if (connection.TakeStream() is not { } stream)
            return;
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(_context.Logger, exception, "the stream's Dispose", connection.ToString());
        }
    }
}
