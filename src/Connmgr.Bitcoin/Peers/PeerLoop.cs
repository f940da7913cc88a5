using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Reads one peer's messages: answers pings, gives answers to the requests, and calls the handler, for one message at a time. While the
/// handler waits for one of these requests it reads on, and keeps the other messages until the handler is done. One task runs it.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "The loop waits for a read and a handler at once, and takes the result of each once.")]
[SuppressMessage("Usage", "VSTHRD002", Justification = "Results are taken of what is complete.")]
internal sealed class PeerLoop
{
    private readonly BitcoinPeer _peer;
    private readonly PeerKeepAlive _keepAlive;
    private readonly PeerRequests _requests;
    private readonly FrameReader _reader;
    private readonly HeldMessages _held;
    private readonly LoopSignal _wake;
    private readonly TapSlot _tap;
    private readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> _handler;
    private readonly CancellationToken _token;

    // The handler that runs.
    private ValueTask _handling;
    private bool _isHandling;
    private CompletionWatch? _handlingWatch; // Made for the first handler that does not return at once.
    private bool _usesReader; // True while its message is in the reader's buffer.
    private DetachedBuffer? _detached; // The former buffer of the reader, with its message.
    private HeldMessage? _current; // Its message, if that was held.
    private bool _isBeginning; // True until the callback before the first message has returned.

    // The read that runs.
    private ValueTask<BitcoinMessage?> _reading;
    private bool _isReading;
    private CompletionWatch? _readingWatch;
    private List<BitcoinProtocolException>? _ignored; // Messages that the handler rejected meanwhile.

    private BitcoinMessage? _stuck; // The message read last, still in the reader's buffer, for which there is no room.
    private bool _hasEnded; // True once there is nothing more to read.
    private ExceptionDispatchInfo? _failure; // The failure of the last read.

    public PeerLoop(
        BitcoinPeer peer,
        PeerKeepAlive keepAlive,
        PeerRequests requests,
        FrameReader reader,
        HeldMessages held,
        LoopSignal wake,
        TapSlot tap,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken token)
    {
        (_peer, _keepAlive, _requests, _reader, _held, _wake) = (peer, keepAlive, requests, reader, held, wake);
        (_tap, _handler, _token) = (tap, handler, token);
    }

    /// <summary>Reads until the peer closes the connection. Call <see cref="FinishAsync"/> afterwards, also when it throws.</summary>
    /// <param name="begin">The callback before the first message is handled; null for none.</param>
    public async Task RunAsync(Func<BitcoinPeer, CancellationToken, ValueTask>? begin)
    {
        if (begin is not null)
        {
            _isBeginning = true;
            Start(begin(_peer, _token));
        }

        while (true)
        {
            _token.ThrowIfCancellationRequested();
            if (_isHandling || _isReading || _hasEnded || _stuck is not null || !_held.IsEmpty)
            {
                if (IsOver)
                    break;
                if (!await StepAsync().ConfigureAwait(false))
                    await _wake.WaitAsync().ConfigureAwait(false);
            }
            else if (await _reader.ReadAsync(_token).ConfigureAwait(false) is not { } message)
            {
                return;
            }
            else if (!await TryPlaceAsync(message).ConfigureAwait(false))
            {
                _stuck = message;
            }
        }

        _failure?.Throw();
    }

    /// <summary>Waits for the handler and the read, whose token is cancelled, and returns all memory.</summary>
    public async Task FinishAsync()
    {
        while ((_isHandling && !_handlingWatch!.HasCalledBack) || (_isReading && !_readingWatch!.HasCalledBack))
            await _wake.WaitAsync().ConfigureAwait(false);

        try
        {
            if (_isHandling)
                FinishHandling();
        }
        catch (Exception)
        {
            // The connection has ended for another reason.
        }

        if (_isReading)
            TakeRead();
        _held.Clear();
    }

    private bool IsOver => _hasEnded && !_isHandling && _stuck is null && _held.IsEmpty;

    /// <summary>Does the next thing that can be done.</summary>
    /// <returns>False if there is none until the signal.</returns>
    private async ValueTask<bool> StepAsync()
    {
        if (_isHandling && _handlingWatch!.HasCalledBack)
        {
            FinishHandling();
            return true;
        }

        if (!_isHandling && !_held.IsEmpty)
        {
            StartHeld(_held.Take());
            return true;
        }

        if (_stuck is { } message)
        {
            if (!await TryPlaceAsync(message).ConfigureAwait(false))
                return false;
            _stuck = null;
            return true;
        }

        if (_isReading)
        {
            if (!_readingWatch!.HasCalledBack)
                return false;
            TakeRead();
            return true;
        }

        if (_hasEnded || (_isHandling && !_requests.AreUnderWay))
            return false;
        StartReading();
        return true;
    }

    /// <summary>Gives a message, which is in the reader's buffer, to whom it is for.</summary>
    /// <returns>False if there is no room for it now; try again after the next signal.</returns>
    private async ValueTask<bool> TryPlaceAsync(BitcoinMessage message)
    {
        try
        {
            if (message.Command == MessageCommand.Ping)
            {
                await AnswerPingAsync(message.Payload).ConfigureAwait(false);
                return true;
            }

            return IsHandled(message) || TryPlace(message);
        }
        catch (BitcoinProtocolException exception) when (exception.Response == ViolationResponse.Ignore)
        {
            _reader.Ignore(exception);
            return true;
        }
    }

    private bool TryPlace(in BitcoinMessage message)
    {
        if (_requests.AreUnderWay || _stuck is not null)
        {
            var result = _requests.Offer(message);
            if (result == OfferResult.InOrder)
                return TryPlacePong(_requests.TakePing());
            if (result != OfferResult.NotAwaited)
                return result == OfferResult.Taken;
        }

        var plan = _reader.LastPlan;
        if (!plan.IsHandedOver && !plan.IsTapped)
        {
            _reader.ChargeUnawaited();
            return true;
        }

        if (!_isHandling && _held.IsEmpty)
            Call(message, plan, isInReader: true);
        else if (!_requests.AreUnderWay || !_held.TryAdd(message, plan))
            return false;
        _reader.ChargeUnawaited();
        return true;
    }

    private bool TryPlacePong(PendingPing ping)
    {
        if (_isHandling || !_held.IsEmpty)
            return _held.TryAddPong(ping);

        ping.Complete(_requests);
        return true;
    }

    private void StartHeld(in HeldMessage held)
    {
        if (held.Pong is { } ping)
        {
            ping.Complete(_requests);
            _held.Release(held);
            return;
        }

        _current = held;
        Call(held.Message, held.Plan, isInReader: false);
    }

    private void Call(in BitcoinMessage message, in MessagePlan plan, bool isInReader)
    {
        ValueTask handling;
        try
        {
            handling = plan.IsTapped ? _tap.HandOverAsync(_peer, message, plan, _handler, _token) : _handler(_peer, message, _token);
        }
        catch (Exception exception)
        {
            handling = ValueTask.FromException(exception);
        }

        _usesReader = isInReader;
        Start(handling);
    }

    /// <summary>Takes note of a handler that has been called. If it has returned, it is done.</summary>
    private void Start(ValueTask handling)
    {
        (_handling, _isHandling) = (handling, true);
        if (handling.IsCompleted)
            FinishHandling();
        else
            (_handlingWatch ??= new(_wake)).Watch(handling);
    }

    private void FinishHandling()
    {
        var (handling, wasBeginning) = (_handling, _isBeginning);
        (_handling, _isHandling, _usesReader, _isBeginning) = (default, false, false, false);
        try
        {
            handling.GetAwaiter().GetResult();
        }
        catch (BitcoinProtocolException exception) when (exception.Response == ViolationResponse.Ignore && !wasBeginning)
        {
            if (_isReading)
                (_ignored ??= []).Add(exception); // The read uses the reader at this time.
            else
                _reader.Ignore(exception);
        }
        finally
        {
            _detached?.Release();
            _detached = null;
            if (_current is { } held)
                _held.Release(held);
            _current = null;
        }
    }

    private void StartReading()
    {
        if (_usesReader)
            (_detached, _usesReader) = (_reader.Detach(), false);

        (_reading, _isReading) = (_reader.ReadAsync(_token), true);
        if (_reading.IsCompleted)
            TakeRead();
        else
            (_readingWatch ??= new(_wake)).Watch(_reading);
    }

    private void TakeRead()
    {
        var reading = _reading;
        (_reading, _isReading) = (default, false);
        try
        {
            _stuck = reading.GetAwaiter().GetResult();
            _hasEnded = _stuck is null;
        }
        catch (Exception exception)
        {
            _hasEnded = true;
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        if (_hasEnded)
            _requests.EndReading(_failure?.SourceException ?? new EndOfStreamException("The peer closed the connection."));
        foreach (var exception in _ignored ?? [])
            _reader.Ignore(exception);
        _ignored = null;
    }

    /// <summary>Answers a ping. Bytes after the nonce are ignored, and so is a ping without a nonce, as in Bitcoin Core.</summary>
    private async ValueTask AnswerPingAsync(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < sizeof(ulong))
            _reader.Ignore(ProtocolViolation.BadPayload);
        else
            await _peer.SendAsync(MessageCommand.Pong, payload[..sizeof(ulong)]).ConfigureAwait(false);
    }

    /// <summary>Handles the library's messages, as Bitcoin Core does.</summary>
    /// <returns>False for messages of the requests and the handler.</returns>
    private bool IsHandled(in BitcoinMessage message)
    {
        if (message.Command == MessageCommand.Pong)
            return _keepAlive.TakePong(message.Payload.Span);

        if (message.Command == MessageCommand.WtxidRelay || message.Command == MessageCommand.SendAddrV2)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.UnexpectedHandshakeMessage, $"The peer sent '{message.Command}' after the handshake.");
        }

        ProtocolViolation? superfluous = message.Command == MessageCommand.Version ? ProtocolViolation.DuplicateVersion
            : message.Command == MessageCommand.Verack ? ProtocolViolation.DuplicateVerack
            : null;
        if (superfluous is not { } violation)
            return false;

        _reader.Ignore(violation);
        return true;
    }
}
