using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.ExceptionServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A peer after the version handshake. <see cref="RunAsync"/> reads what it sends, answers and sends pings, and hands everything else
/// to the user. Thread-safe, but <see cref="RunAsync"/> may be called once only. It does not own the stream.
/// </summary>
public sealed class BitcoinPeer
{
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly CancellationTokenSource _lifetime;
    private readonly PeerRuntime _runtime;
    private readonly PingSchedule _pings;
    private Task _pinging = Task.CompletedTask;
    private Task _aborting = Task.CompletedTask;
    private Exception? _end;
    private int _started;
    private long _receivedTold;
    private long _sentTold;

    internal BitcoinPeer(
        PeerRuntime runtime,
        FrameReader reader,
        FrameWriter writer,
        CancellationTokenSource lifetime,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeResult handshake)
    {
        _runtime = runtime;
        _reader = reader;
        _writer = writer;
        _lifetime = lifetime;
        TellTraffic(); // Of the handshake: a peer need not run.
        _pings = new(runtime.Options.TimeProvider, runtime.Options.PingInterval, runtime.Options.PongTimeout);
        Direction = direction;
        RemoteEndPoint = remoteEndPoint;
        Version = handshake.Version;
        ProtocolVersion = handshake.ProtocolVersion;
        WantsAddrV2 = handshake.WantsAddrV2;
        WantsWtxidRelay = handshake.WantsWtxidRelay;
    }

    /// <summary>Who opened the connection.</summary>
    public ConnectionDirection Direction { get; }

    /// <summary>The peer's address as the connection gave it, never as the peer claims it; null when it is not known.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>The peer's version message: its services, user agent, height.</summary>
    public VersionMessage Version { get; }

    /// <summary>The protocol version spoken: the lower of the peer's and ours.</summary>
    public int ProtocolVersion { get; }

    /// <summary>Whether the peer asked for addresses as addrv2 (BIP155).</summary>
    public bool WantsAddrV2 { get; }

    /// <summary>Whether the peer asked for transactions to be announced by wtxid (BIP339).</summary>
    public bool WantsWtxidRelay { get; }

    /// <summary>The time from the last answered ping to its pong; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _pings.LastRoundTrip;

    /// <summary>The shortest time from a ping to its pong; null before the first.</summary>
    public TimeSpan? ShortestRoundTrip => _pings.ShortestRoundTrip;

    /// <summary>Who wants to hear of each answered ping, by which a connection is judged. Set before the peer runs.</summary>
    internal Action<TimeSpan>? OnRoundTrip { get; set; }

    /// <summary>The last ping's sending: while it is under way no other is begun. For tests, which see its bytes before it is over.</summary>
    internal Task Pinging => _pinging;

    /// <summary>The bytes received, the handshake's included.</summary>
    public long BytesReceived => _reader.BytesReceived;

    /// <summary>The bytes sent, the handshake's included.</summary>
    public long BytesSent => _writer.BytesSent;

    /// <summary>
    /// Reads messages until the connection ends: returns when the peer closes it between two messages, throws when it ends otherwise.
    /// Once it has returned, nothing of this peer reads or writes the stream any more.
    /// </summary>
    /// <param name="handler">
    /// Called for each message in turn but version, verack, wtxidrelay, sendaddrv2, ping and pong. The next is read once it has
    /// returned, and the payload is valid until then. Its token is cancelled when the connection ends. An exception ends the connection
    /// and is thrown on.
    /// </param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <exception cref="BitcoinProtocolException">
    /// The peer broke a rule, or did not keep up: <see cref="BitcoinProtocolException.Violation"/> says which.
    /// </exception>
    /// <exception cref="IOException">The stream failed.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed of before the token was cancelled.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public Task RunAsync(
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return BeginAndRunAsync(begin: null, handler, cancellationToken);
    }

    /// <summary>The same, with something to do before the first message is read, under the same time-outs.</summary>
    internal async Task BeginAndRunAsync(
        Func<BitcoinPeer, CancellationToken, ValueTask>? begin,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("This peer runs already, or has run: RunAsync may be called once.");

        var canceled = cancellationToken.UnsafeRegister(
            static (peer, token) => ((BitcoinPeer)peer!).Cancel(new OperationCanceledException(token)), this);
        var closedByPeer = new EndOfStreamException("The peer closed the connection.");
        try
        {
            _runtime.Sweep.Add(this);
            if (begin is not null)
                await begin(this, _lifetime.Token).ConfigureAwait(false);
            await ReadAllAsync(handler).ConfigureAwait(false);
            EndBecause(closedByPeer);
        }
        catch (Exception e)
        {
            EndBecause(e);
        }

        await canceled.DisposeAsync().ConfigureAwait(false);
        _runtime.Sweep.Remove(this);
        await _lifetime.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_pinging, _aborting).ConfigureAwait(false);
        TellTraffic(); // Once the last ping is written too.
        _reader.Dispose();
        if (_end is { } end && end != closedByPeer)
            ExceptionDispatchInfo.Throw(end);
    }

    /// <summary>
    /// Sends a message. Completes once the stream has taken all of it; the payload must not change until then. Messages are sent in the
    /// order of the calls.
    /// </summary>
    /// <param name="command">The kind of message.</param>
    /// <param name="payload">Its content, at most 4,000,000 bytes.</param>
    /// <param name="cancellationToken">
    /// Gives up waiting for the messages before this one; a message that has begun is always finished.
    /// </param>
    /// <exception cref="IOException">The connection has ended or ends before the message is sent; the inner exception says why.</exception>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the message was begun.</exception>
    public async ValueTask SendAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        try
        {
            await _writer.WriteAsync(command, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ArgumentException && (e is not OperationCanceledException || _lifetime.IsCancellationRequested))
        {
            var end = EndBecause(e);
            await _lifetime.CancelAsync().ConfigureAwait(false);
            throw new IOException($"The message '{command}' could not be sent: the connection has ended.", end);
        }
    }

    /// <summary>
    /// Does what is due by now: a ping, or the connection's end. Called by <see cref="PeerSweep"/>, never twice at once; must not block
    /// or run user code.
    /// </summary>
    internal void Tend(long now)
    {
        TellTraffic();
        if (!_aborting.IsCompleted || _lifetime.IsCancellationRequested)
            return;

        if (Overdue(now) is { } violation)
        {
            EndBecause(violation);
            _aborting = _lifetime.CancelAsync();
        }
        else if (_pinging.IsCompleted && _pings.IsDue(now))
        {
            _pinging = Task.Run(PingAsync);
        }
    }

    /// <summary>Adds what has come since the last time. Never twice at once: made, then under the sweep's lock, then removed from the sweep.</summary>
    private void TellTraffic()
    {
        var (received, sent) = (BytesReceived, BytesSent);
        _runtime.Traffic.Add(received - _receivedTold, sent - _sentTold);
        (_receivedTold, _sentTold) = (received, sent);
    }

    private BitcoinProtocolException? Overdue(long now)
    {
        var options = _runtime.Options;
        if (_pings.IsOverdue(now))
            return new(ProtocolViolation.PongTimeout, $"The peer did not answer a ping within {options.PongTimeout}.");

        return _writer.StalledFor >= options.SendTimeout
            ? new(ProtocolViolation.SendTimeout, $"The peer took nothing of what it is sent for {options.SendTimeout}.")
            : null;
    }

    private async Task ReadAllAsync(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler)
    {
        var token = _lifetime.Token;
        while (await _reader.ReadAsync(token).ConfigureAwait(false) is { } message)
        {
            if (message.Command == MessageCommand.Ping)
                await OnPingAsync(message.Payload).ConfigureAwait(false);
            else if (message.Command == MessageCommand.Pong)
                OnPong(message.Payload.Span);
            else if (IsOfHandshake(message.Command) is { } violation)
                throw new BitcoinProtocolException(violation, $"The peer sent '{message.Command}' after the handshake.");
            else
                await handler(this, message, token).ConfigureAwait(false);
        }
    }

    private static ProtocolViolation? IsOfHandshake(MessageCommand command) =>
        command == MessageCommand.Version
            ? ProtocolViolation.DuplicateVersion
            : command == MessageCommand.Verack || command == MessageCommand.WtxidRelay || command == MessageCommand.SendAddrV2
                ? ProtocolViolation.UnexpectedHandshakeMessage
                : null;

    private async ValueTask OnPingAsync(ReadOnlyMemory<byte> payload)
    {
        CheckNonce(MessageCommand.Ping, payload.Span);
        await SendAsync(MessageCommand.Pong, payload[..sizeof(ulong)]).ConfigureAwait(false);
    }

    private void OnPong(ReadOnlySpan<byte> payload)
    {
        CheckNonce(MessageCommand.Pong, payload);
        if (_pings.OnPong(BinaryPrimitives.ReadUInt64LittleEndian(payload), _runtime.Options.TimeProvider.GetTimestamp()) is { } roundTrip)
            OnRoundTrip?.Invoke(roundTrip);
    }

    /// <summary>Bytes after the nonce are let pass, as by Bitcoin Core.</summary>
    private static void CheckNonce(MessageCommand command, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(ulong))
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.BadPayload,
                $"A message '{command}' has {payload.Length} bytes; its nonce alone takes {sizeof(ulong)}.");
        }
    }

    private async Task PingAsync()
    {
        var nonce = _runtime.Nonces.Next();
        var payload = ArrayPool<byte>.Shared.Rent(sizeof(ulong));
        try
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, nonce);
            _pings.OnSent(nonce, _runtime.Options.TimeProvider.GetTimestamp());
            await SendAsync(MessageCommand.Ping, payload.AsMemory(0, sizeof(ulong))).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The connection has ended; RunAsync says why.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    /// <summary>Sets why the connection ends, unless that is known already.</summary>
    /// <returns>Why it ends.</returns>
    private Exception EndBecause(Exception reason) => Interlocked.CompareExchange(ref _end, reason, null) ?? reason;

    private void Cancel(Exception reason)
    {
        EndBecause(reason);
        _lifetime.Cancel();
    }
}
