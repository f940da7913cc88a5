using System.Diagnostics;
using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>What runs for a connection off the loop, each begun by an effect of the rules: dial, handshake, handler, end.</summary>
public sealed partial class Connection
{
    private const int HandlerReturned = 1;
    private const int IsShutDown = 2;
    private const int HasEnded = 4;

    // Not disposed: it has neither timer nor parent, and handlers may look at its token after the end.
    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource<DisconnectReason>? _closed; // Made when somebody asks, which few handlers do.
    private bool _isClosed;
    private bool _isStreamReplaceable;
    private bool _isStreamTaken;
    private byte _countedPhase;
    private int _ends;

    /// <summary>The remote address as the stream told it; null when it told none.</summary>
    internal EndPoint? KnownRemoteEndPoint { get; private set; }

    /// <summary>What runs for it, for the list of what a stop waits for. Of the loop.</summary>
    internal ConnectionActivity Activity { get; set; }

    /// <summary>The network that it is counted for. Set by the loop when it begins.</summary>
    internal NetworkWord CountedAs { get; set; }

    /// <summary>The phase in which it is counted in measurements. Of the loop.</summary>
    internal LinkPhase CountedPhase { get => (LinkPhase)_countedPhase; set => _countedPhase = (byte)value; }

    /// <summary>Whose it is, in measurements and spans.</summary>
    internal string InstanceName => _manager.Metrics.InstanceName;

    /// <summary>The failure that the dial or handshake ended with. Set before it is posted.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Why it ended. Set by the loop before the shutdown begins.</summary>
    internal DisconnectReason? Reason { get; set; }

    /// <summary>Whether the rules have ended it.</summary>
    private bool IsEnded => (Volatile.Read(ref _ends) & HasEnded) != 0;

    /// <summary>
    /// Says that the rules have ended it: a dial, handshake or handler that waits for a thread does not begin any more. Set before anybody is told of the end; the token is
    /// cancelled later, by a piece of work of its own.
    /// </summary>
    internal void MarkEnded() => Interlocked.Or(ref _ends, HasEnded);

    internal void Adopt(Stream stream, (EndPoint? Local, EndPoint? Remote) ends)
    {
        lock (Link)
            SetStream(stream, ends);
    }

    /// <summary>The stream is kept even when it fails to tell its ends: it is to be disposed.</summary>
    private void Adopt(Stream? stream)
    {
        if (stream is null)
            throw new InvalidOperationException("Dial returned null instead of a stream.");
        lock (Link)
            _stream = stream;
        Adopt(stream, EndPointsOf(stream, Kind)); // Asked without the lock: it is the stream's own code.
    }

    internal async Task DialAsync()
    {
        if (IsEnded)
        {
            _manager.PostDialed(this, hasWaited: false);
            return;
        }

        var hasWaited = false;
        try
        {
            _manager.MarkInside();
            AttemptTrace.BeginDial(this);
            if (Link.Request.EndPoint is DnsEndPoint name && !OverlayName.IsOverlay(name.Host))
                NameDial.Begin(this);
            var dial = _manager.Options.Dial!(Link.Request.EndPoint!, _closing.Token);
            hasWaited = !dial.IsCompleted;
            if (dial.IsCompletedSuccessfully)
                Adopt(await dial.ConfigureAwait(false));
            else
            {
                // Many dials fail. To throw what failed once more takes 3 microseconds, nearly half of all that a failed dial costs.
                var task = dial.AsTask();
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully)
                    Adopt(await task.ConfigureAwait(false));
                else
                    Failure = task.Exception?.InnerException ?? new TaskCanceledException(task);
            }
        }
        catch (Exception exception)
        {
            Failure = exception;
        }

        _manager.PostDialed(this, hasWaited);
    }

    /// <summary>Reserves one of the addresses of the name that is dialled.</summary>
    /// <returns>Why it must not be connected to; null when it may.</returns>
    internal Task<ConnectFailedException?> ReserveAsync(IPEndPoint address, CancellationToken cancellationToken) => _manager.ReserveAsync(this, address, cancellationToken);

    internal async Task HandshakeAsync()
    {
        if (IsEnded)
        {
            _manager.PostHandshaken(this, hasWaited: false);
            return;
        }

        var hasWaited = false;
        Activity? span = null;
        try
        {
            lock (Link)
                _isStreamReplaceable = true;
            _manager.MarkInside();
            span = AttemptTrace.BeginHandshake(this);
            var handshake = _manager.Options.Handshake!(this, _closing.Token);
            hasWaited = !handshake.IsCompleted;
            await handshake.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failure = exception;
            Spans.Failed(span, exception);
        }

        Spans.Stop(span);
        lock (Link)
            _isStreamReplaceable = false;
        _manager.PostHandshaken(this, hasWaited);
    }

    internal async Task HandleAsync()
    {
        if (IsEnded)
        {
            _manager.PostHandled(this, hasWaited: false); // It is never handed over.
            return;
        }

        _manager.MarkInside();
        AttemptTrace.End(this);
        var hasWaited = false;
        DisconnectReason? reason;
        try
        {
            if (_manager.HandleAsync(this) is { } handler)
            {
                hasWaited = !handler.IsCompleted;
                await handler.ConfigureAwait(false);
                reason = DisconnectReason.Of(DisconnectCause.HandlerCompleted);
            }
            else
                reason = null; // No handler: it lives until it is closed otherwise.
        }
        catch (Exception exception)
        {
            reason = DisconnectReason.OfHandler(exception);
        }

        if (reason is not null)
            _manager.PostEnd(this, reason, hasWaited);
        if ((Interlocked.Or(ref _ends, HandlerReturned) & IsShutDown) != 0)
            await EndHandlingAsync(hasWaited).ConfigureAwait(false);
    }

    /// <summary>Cancels what runs and disposes the stream; after a connection, tells why it ended.</summary>
    internal async Task ShutDownAsync()
    {
        AttemptTrace.End(this);
        Cancellation.Cancel(_closing, _manager.Logger, this);
        var disposal = DisposeStreamAsync();
        var hasWaited = !disposal.IsCompleted;
        await disposal.ConfigureAwait(false);
        TellClosed();
        _manager.PostShutDown(this, hasWaited); // Nothing waits for this message but a stop, which waits for the handler as well.
        if ((Interlocked.Or(ref _ends, IsShutDown) & HandlerReturned) != 0)
        {
            _manager.MarkInside();
            await EndHandlingAsync(hasWaited).ConfigureAwait(false);
        }
    }

    /// <summary>Disposes the stream of a dial that succeeded too late.</summary>
    internal async Task DisposeLateAsync()
    {
        var disposal = DisposeStreamAsync();
        var hasWaited = !disposal.IsCompleted;
        await disposal.ConfigureAwait(false);
        _manager.PostLateDisposed(this, hasWaited);
    }

    /// <summary>The handler has returned and the connection is shut down. Whichever came second does this, so that neither waits for the other.</summary>
    private async ValueTask EndHandlingAsync(bool hasWaited)
    {
        var callback = _manager.CallOnDisconnectionAsync(this);
        hasWaited |= !callback.IsCompleted;
        await callback.ConfigureAwait(false);
        _manager.PostHandled(this, hasWaited);
    }

    private void TellClosed()
    {
        Reason ??= DisconnectReason.Of(DisconnectCause.NotEstablished);
        TaskCompletionSource<DisconnectReason>? closed;
        lock (Link)
        {
            _isClosed = true;
            closed = _closed;
        }

        closed?.TrySetResult(Reason);
    }

    private bool TryReplaceStream(Stream stream)
    {
        lock (Link)
        {
            if (!_isStreamReplaceable || _isStreamTaken)
                return false;
            _stream = stream;
            return true;
        }
    }

    private async ValueTask DisposeStreamAsync()
    {
        Stream? stream;
        lock (Link)
        {
            if (_isStreamTaken || _stream is null)
                return;
            _isStreamTaken = true;
            stream = _stream;
        }

        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(_manager.Logger, exception, "the stream's Dispose", ToString());
        }
    }
}
