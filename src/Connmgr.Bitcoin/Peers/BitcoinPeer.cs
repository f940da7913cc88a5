using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// A peer after the version handshake. <see cref="RunAsync"/> reads its messages, answers and sends pings, and passes all other messages to
/// a handler. Thread-safe, but <see cref="RunAsync"/> may be called only once. It does not own the stream.
/// </summary>
public sealed class BitcoinPeer
{
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly CancellationTokenSource _lifetime;
    private readonly PeerRuntime _runtime;
    private readonly PingSchedule _pings;
    private readonly ReadPauses _waiting;

    // Set under the lock of the sweep.
    private Task _pinging = Task.CompletedTask; // The sending of the last ping.
    private Task _aborting = Task.CompletedTask; // The cancellation of the lifetime because of a time-out.

    private Task _closing = Task.CompletedTask; // The cancellation of the lifetime by the budget. Set under its lock.
    private Exception? _end; // The reason for the end, the first one. Interlocked.
    private int _started; // 1 once the peer runs. Interlocked.

    // The bytes that Traffic already includes. Used by ReportTraffic.
    private long _receivedReported;
    private long _sentReported;

    internal BitcoinPeer(
        PeerRuntime runtime,
        FrameReader reader,
        FrameWriter writer,
        CancellationTokenSource lifetime,
        ConnectionDirection direction,
        bool isPermitted,
        EndPoint? remoteEndPoint,
        HandshakeResult handshake)
    {
        _runtime = runtime;
        _reader = reader;
        _writer = writer;
        _lifetime = lifetime;
        _waiting = reader.ReadPauses!;
        writer.OnDetachedWriteFailed = EndAsync;
        reader.Lease = runtime.Budget.Open(direction, isPermitted, CloseToFreeMemory);
        ReportTraffic(); // The bytes of the handshake count even if the peer never runs.
        _pings = new(runtime.Options.TimeProvider, runtime.Options.PingInterval, runtime.Options.PongTimeout);
        Direction = direction;
        RemoteEndPoint = remoteEndPoint;
        Version = handshake.Version;
        ProtocolVersion = handshake.ProtocolVersion;
        WantsAddrV2 = handshake.WantsAddrV2;
        WantsWtxidRelay = handshake.WantsWtxidRelay;
    }

    /// <summary>The direction of the connection.</summary>
    public ConnectionDirection Direction { get; }

    /// <summary>The peer's address, from the connection and never from the peer's claims; null if it is not known.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>The peer's version message: its services, user agent, height.</summary>
    public VersionMessage Version { get; }

    /// <summary>The protocol version in use: the lower one of the two sides.</summary>
    public int ProtocolVersion { get; }

    /// <summary>True when the peer asked for addresses as addrv2 (BIP155).</summary>
    public bool WantsAddrV2 { get; }

    /// <summary>
    /// True when the peer sent wtxidrelay (BIP339). If <see cref="BitcoinPeerOptions.WtxidRelay"/> is set too, announce transactions to it
    /// by wtxid; otherwise by txid.
    /// </summary>
    public bool WantsWtxidRelay { get; }

    /// <summary>The time from the last answered ping to its pong; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _pings.LastRoundTrip;

    /// <summary>The shortest time from a ping to its pong; null before the first.</summary>
    public TimeSpan? ShortestRoundTrip => _pings.ShortestRoundTrip;

    /// <summary>The callback for each answered ping. Set it before the peer runs.</summary>
    internal Action<TimeSpan>? OnRoundTrip { get; set; }

    /// <summary>The task that sends the last ping. While it runs, no other ping is sent. For tests.</summary>
    internal Task Pinging => _pinging;

    /// <summary>
    /// The number of messages that were ignored because they break a rule (<see cref="ViolationResponse.Ignore"/>), including those before
    /// verack.
    /// </summary>
    public long MessagesIgnored => _reader.MessagesIgnored;

    /// <summary>The rule that the last ignored message broke; null if none was ignored.</summary>
    public ProtocolViolation? LastIgnored => _reader.LastIgnored;

    /// <summary>The number of bytes received, including the handshake.</summary>
    public long BytesReceived => _reader.BytesReceived;

    /// <summary>The number of bytes sent, including the handshake.</summary>
    public long BytesSent => _writer.BytesSent;

    /// <summary>
    /// Reads messages until the connection ends. Returns when the peer closes the connection between two messages, and throws when it ends
    /// otherwise. Afterwards, nothing of this peer reads or writes the stream.
    /// </summary>
    /// <param name="handler">
    /// The handler of messages with the commands of <see cref="BitcoinPeerOptions.MessageCommands"/>, except version, verack, wtxidrelay,
    /// sendaddrv2, ping, and the pongs to pings of this object. It is called for one message at a time; the next is read once it has
    /// returned, and the payload is valid until then. Its token is cancelled when the connection ends. An exception ends the connection and
    /// is thrown by this method, except a <see cref="BitcoinProtocolException"/> that <see cref="MisbehaviorPolicy.GetResponse"/> ignores:
    /// this drops the message.
    /// </param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <exception cref="BitcoinProtocolException">
    /// The peer broke a rule, or did not keep up: see <see cref="BitcoinProtocolException.Violation"/>.
    /// </exception>
    /// <exception cref="IOException">The stream failed.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed of before the token was cancelled.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The method was called before.</exception>
    public Task RunAsync(
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return BeginAndRunAsync(interest: null, begin: null, handler, cancellationToken);
    }

    /// <summary>
    /// Runs the peer with a callback before the first message is read, under the same time-outs, and with an interest other than that of
    /// the options.
    /// </summary>
    internal async Task BeginAndRunAsync(
        MessageInterest? interest,
        Func<BitcoinPeer, CancellationToken, ValueTask>? begin,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("RunAsync was called before: it may be called only once.");

        _reader.Interest = interest ?? _runtime.Interest;
        var canceled = cancellationToken.UnsafeRegister(
            static (peer, token) => ((BitcoinPeer)peer!).Cancel(new OperationCanceledException(token)), this);
        var closedByPeer = new EndOfStreamException("The peer closed the connection.");
        try
        {
            _runtime.Sweep.Add(this);
            if (begin is not null)
                await begin(this, _lifetime.Token).ConfigureAwait(false);
            await ReadAllAsync(handler).ConfigureAwait(false);
            SetEnd(closedByPeer);
        }
        catch (Exception e)
        {
            SetEnd(e);
        }

        await canceled.DisposeAsync().ConfigureAwait(false);
        _runtime.Sweep.Remove(this);
        await _lifetime.CancelAsync().ConfigureAwait(false);
        _reader.Dispose(); // From here on the budget does not close the peer any more.
        await Task.WhenAll(_pinging, _aborting, _closing, _writer.DetachedWrites).ConfigureAwait(false);
        ReportTraffic(); // After the last ping is written too.
        if (_end is { } end && end != closedByPeer)
            ExceptionDispatchInfo.Throw(end);
    }

    /// <summary>
    /// Sends a message. Completes once the stream has taken all of it. Do not change the payload before. Messages are sent in the order of
    /// the calls.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most 4,000,000 bytes.</param>
    /// <param name="cancellationToken">
    /// Ends the wait. A message that has not begun is then never sent. One that has begun is never torn: it is copied, and continues to be
    /// written until the peer has taken it or the connection ends, for example after <see cref="BitcoinPeerOptions.SendTimeout"/> without
    /// progress.
    /// </param>
    /// <exception cref="IOException">
    /// The connection has ended, or ends before the message is sent; the inner exception has the reason.
    /// </exception>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the stream had taken all of the message.</exception>
    public async ValueTask SendAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        try
        {
            await _writer.WriteAsync(command, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ArgumentException && (e is not OperationCanceledException || _lifetime.IsCancellationRequested))
        {
            await EndAsync(e).ConfigureAwait(false);
            throw new IOException($"The message '{command}' could not be sent: the connection has ended.", _end);
        }
    }

    /// <summary>
    /// Sends a ping or ends the connection, if due. Called by <see cref="PeerSweep"/>, never concurrently. Must not block or run user code.
    /// </summary>
    internal void CheckTimers(long now)
    {
        ReportTraffic();
        if (!_aborting.IsCompleted || _lifetime.IsCancellationRequested)
            return;

        if (Overdue(now) is { } violation)
        {
            SetEnd(violation);
            _aborting = _lifetime.CancelAsync();
        }
        else if (_pinging.IsCompleted && _pings.IsDue(now))
        {
            _pinging = Task.Run(PingAsync);
        }
    }

    /// <summary>
    /// Adds the bytes since the last call to the total. Never called concurrently: first by the constructor, then under the sweep's lock,
    /// then after the removal from the sweep.
    /// </summary>
    private void ReportTraffic()
    {
        var (received, sent) = (BytesReceived, BytesSent);
        _runtime.Traffic.Add(received - _receivedReported, sent - _sentReported);
        (_receivedReported, _sentReported) = (received, sent);
    }

    private BitcoinProtocolException? Overdue(long now)
    {
        var options = _runtime.Options;
        if (_pings.IsOverdue(now, _waiting.Total(now)))
            return new(ProtocolViolation.PongTimeout, $"The peer did not answer a ping within {options.PongTimeout}.");

        return _writer.StalledFor >= options.SendTimeout
            ? new(ProtocolViolation.SendTimeout, $"The peer took none of the bytes sent to it for {options.SendTimeout}.")
            : null;
    }

    private async Task ReadAllAsync(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler)
    {
        var token = _lifetime.Token;
        while (await _reader.ReadAsync(token).ConfigureAwait(false) is { } message)
        {
            try
            {
                if (message.Command == MessageCommand.Ping)
                    await OnPingAsync(message.Payload).ConfigureAwait(false);
                else if (!IsHandled(message) && _reader.LastPlan.IsHandedOver)
                    await handler(this, message, token).ConfigureAwait(false);
            }
            catch (BitcoinProtocolException exception) when (exception.Response == ViolationResponse.Ignore)
            {
                _reader.Ignore(exception);
            }
        }
    }

    /// <summary>Handles the library's messages, as Bitcoin Core does.</summary>
    /// <returns>False for messages that go to the handler.</returns>
    private bool IsHandled(in BitcoinMessage message)
    {
        if (message.Command == MessageCommand.Pong)
            return OnPong(message.Payload.Span);

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

    /// <summary>Answers a ping. Bytes after the nonce are ignored, and so is a ping without a nonce, as in Bitcoin Core.</summary>
    private async ValueTask OnPingAsync(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < sizeof(ulong))
            _reader.Ignore(ProtocolViolation.BadPayload);
        else
            await SendAsync(MessageCommand.Pong, payload[..sizeof(ulong)]).ConfigureAwait(false);
    }

    /// <summary>Handles a pong.</summary>
    /// <returns>False if it may answer a ping that the user sent.</returns>
    private bool OnPong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(ulong))
        {
            // As in Bitcoin Core: the peer's program can't answer correctly, so the ping counts as answered.
            _reader.Ignore(ProtocolViolation.BadPayload);
            _pings.GiveUp();
            return true;
        }

        var nonce = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        if (nonce == 0 && _pings.GiveUp())
            return true;

        if (_pings.OnPong(nonce, _runtime.Options.TimeProvider.GetTimestamp()) is not { } roundTrip)
            return false;

        OnRoundTrip?.Invoke(roundTrip);
        return true;
    }

    private async Task PingAsync()
    {
        var nonce = _runtime.Nonces.Next();
        var payload = ArrayPool<byte>.Shared.Rent(sizeof(ulong));
        try
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, nonce);
            var now = _runtime.Options.TimeProvider.GetTimestamp();
            _pings.OnSent(nonce, now, _waiting.Total(now));
            await SendAsync(MessageCommand.Ping, payload.AsMemory(0, sizeof(ulong))).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The connection has ended; RunAsync reports why.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    /// <summary>Sets the reason for the end, unless there is one already.</summary>
    /// <returns>The reason that counts.</returns>
    private Exception SetEnd(Exception reason) => Interlocked.CompareExchange(ref _end, reason, null) ?? reason;

    /// <summary>
    /// Ends the connection so that others get memory. Called by the budget, under its lock; never once the reader is disposed of.
    /// </summary>
    private void CloseToFreeMemory()
    {
        SetEnd(new BitcoinProtocolException(
            ProtocolViolation.ReceiveBudget,
            "The receive budget is used up, and the peer held memory for a message that it did not finish while others waited."));
        _closing = _lifetime.CancelAsync();
    }

    private Task EndAsync(Exception reason)
    {
        SetEnd(reason);
        return _lifetime.CancelAsync();
    }

    private void Cancel(Exception reason)
    {
        SetEnd(reason);
        _lifetime.Cancel();
    }
}
