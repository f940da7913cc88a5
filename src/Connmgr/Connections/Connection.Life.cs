using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>What runs for a connection off the loop, each begun by an effect of the rules: dial, handshake, handler, end.</summary>
public sealed partial class Connection
{
    // Not disposed: it has neither timer nor parent, and handlers may look at its token after the end.
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<DisconnectReason> _closed;
    private readonly Lock _streamGate = new();
    private bool _isStreamReplaceable;
    private bool _isStreamTaken;
    private byte _stage;

    /// <summary>The remote address as the stream told it; null when it told none.</summary>
    internal EndPoint? KnownRemoteEndPoint { get; private set; }

    /// <summary>What runs for it, for the list of what a stop waits for. Of the loop.</summary>
    internal ConnectionActivity Activity { get; set; }

    /// <summary>The network that it is counted for. Set by the loop when it begins.</summary>
    internal NetworkWord CountedAs { get; set; }

    /// <summary>As what it is counted. Of the loop.</summary>
    internal LinkStage Stage { get => (LinkStage)_stage; set => _stage = (byte)value; }

    /// <summary>The failure that the dial or handshake ended with. Set before it is posted.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Why it ended. Set by the loop before the shutdown begins.</summary>
    internal DisconnectReason? Reason { get; set; }

    internal void Adopt(Stream stream, (EndPoint? Local, EndPoint? Remote) ends)
    {
        lock (_streamGate)
            SetStream(stream, ends);
    }

    /// <summary>The stream is kept even when it fails to tell its ends: it is to be disposed.</summary>
    private void Adopt(Stream stream)
    {
        lock (_streamGate)
        {
            _stream = stream;
            SetStream(stream, EndPointsOf(stream, Kind));
        }
    }

    internal async Task DialAsync()
    {
        try
        {
            _manager.MarkInside();
            var stream = await _manager.Options.Dial!(Link.Request.EndPoint!, _closing.Token).ConfigureAwait(false);
            Adopt(stream ?? throw new InvalidOperationException("Dial returned null instead of a stream."));
        }
        catch (Exception exception)
        {
            Failure = exception;
        }

        _manager.PostDialed(this);
    }

    internal async Task HandshakeAsync()
    {
        try
        {
            lock (_streamGate)
                _isStreamReplaceable = true;
            _manager.MarkInside();
            await _manager.Options.Handshake!(this, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failure = exception;
        }

        lock (_streamGate)
            _isStreamReplaceable = false;
        _manager.PostHandshaken(this);
    }

    internal async Task HandleAsync()
    {
        _manager.MarkInside();
        DisconnectReason? reason;
        try
        {
            if (_manager.HandleAsync(this) is { } handler)
            {
                await handler.ConfigureAwait(false);
                reason = new DisconnectReason(DisconnectCause.HandlerCompleted);
            }
            else
                reason = null; // No handler: it lives until it is closed otherwise.
        }
        catch (Exception exception)
        {
            reason = new DisconnectReason(DisconnectCause.HandlerFailed, Exception: exception);
        }

        if (reason is not null)
            _manager.PostEnd(this, reason);
        await _closed.Task.ConfigureAwait(false);
        await _manager.CallOnDisconnectionAsync(this).ConfigureAwait(false);
        _manager.PostHandled(this);
    }

    /// <summary>Cancels what runs and disposes the stream; after a connection, tells why it ended.</summary>
    internal async Task ShutDownAsync()
    {
        Cancellation.Cancel(_closing, _manager.Logger, this);
        await DisposeStreamAsync().ConfigureAwait(false);
        _closed.TrySetResult(Reason ?? new DisconnectReason(DisconnectCause.NotEstablished));
        _manager.PostShutDown(this);
    }

    /// <summary>Disposes the stream of a dial that succeeded too late.</summary>
    internal async Task DisposeLateAsync()
    {
        await DisposeStreamAsync().ConfigureAwait(false);
        _manager.PostLateDisposed(this);
    }

    private bool TryReplaceStream(Stream stream)
    {
        lock (_streamGate)
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
        lock (_streamGate)
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
