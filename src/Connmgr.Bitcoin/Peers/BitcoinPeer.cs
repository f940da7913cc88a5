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
    private readonly PeerEnd _end;
    private readonly PeerRuntime _runtime;
    private readonly PingSchedule _pings;
    private readonly ReadPauses _waiting;

    private readonly TaskCompletionSource<DisconnectReason>? _closed; // The end of a peer without a connection.

    private Task _pinging = Task.CompletedTask; // The sending of the last ping. Set under the lock of the sweep.
    private int _started; // 1 once the peer runs. Interlocked.
    private int _bestKnownHeight; // Interlocked.

    // The bytes that Traffic already includes. Used by ReportTraffic.
    private long _receivedReported;
    private long _sentReported;

    internal BitcoinPeer(
        PeerRuntime runtime,
        FrameReader reader,
        FrameWriter writer,
        CancellationTokenSource lifetime,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeProfile profile,
        HandshakeResult handshake)
    {
        _runtime = runtime;
        _reader = reader;
        _writer = writer;
        _end = new(lifetime);
        _waiting = reader.ReadPauses!;
        writer.OnDetachedWriteFailed = _end.EndAsync;
        reader.Lease = runtime.Budget.Open(direction, profile.IsPermitted, CloseToFreeMemory);
        ReportTraffic(); // The bytes of the handshake count even if the peer never runs.
        _pings = new(runtime.Options.TimeProvider, runtime.Options.PingInterval, runtime.Options.PongTimeout);
        Connection = profile.Connection;
        Id = Connection?.Id ?? runtime.NextStreamId();
        if (Connection is null)
            _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Tap = new(reader);
        Direction = direction;
        RemoteEndPoint = remoteEndPoint;
        Version = handshake.Version;
        _bestKnownHeight = Version.StartHeight;
        ProtocolVersion = handshake.ProtocolVersion;
        WantsAddrV2 = handshake.WantsAddrV2;
        WantsWtxidRelay = handshake.WantsWtxidRelay;
    }

    /// <summary>The connection of a <see cref="ConnectionManager"/>; null for a peer on a stream without one.</summary>
    [JsonIgnore]
    public Connection? Connection { get; }

    /// <summary>The id: that of the connection, or a negative number of this peer alone if there is none.</summary>
    public long Id { get; }

    /// <summary>The state that the program keeps with the peer. Not used by the library. Default null.</summary>
    [JsonIgnore]
    public object? State { get; set; }

    /// <summary>
    /// A task that completes with the reason once the connection has ended: <see cref="Connection.Closed"/>. For a peer without a connection
    /// it completes when <see cref="RunAsync"/> ends. Never faults.
    /// </summary>
    [JsonIgnore]
    public Task<DisconnectReason> Closed => Connection?.Closed ?? _closed!.Task;

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

    /// <summary>
    /// The height of the best block that the peer is known to have: <see cref="VersionMessage.StartHeight"/>, which is only a claim, until
    /// <see cref="ReportHeight"/> reports a higher one. -1 if the peer gave none.
    /// </summary>
    public int BestKnownHeight => Volatile.Read(ref _bestKnownHeight);

    /// <summary>The time from the last answered ping to its pong; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _pings.LastRoundTrip;

    /// <summary>The shortest time from a ping to its pong; null before the first.</summary>
    public TimeSpan? ShortestRoundTrip => _pings.ShortestRoundTrip;

    /// <summary>The callback for <see cref="ReportMisbehavior"/>; null without a <see cref="PeerNetwork"/>. Set before the peer runs.</summary>
    internal Func<Misbehavior, HostScore>? OnMisbehavior { get; set; }

    /// <summary>The chain of the peer.</summary>
    internal ChainParameters Chain => _runtime.Options.Chain!;

    /// <summary>The tap that another library may put on the peer.</summary>
    internal TapSlot Tap { get; }

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

        Tap.Begin(interest ?? _runtime.Interest);
        var canceled = cancellationToken.UnsafeRegister(
            static (peer, token) => _ = ((BitcoinPeer)peer!)._end.EndAsync(new OperationCanceledException(token)), this); // Awaited below.
        try
        {
            _runtime.Sweep.Add(this);
            if (begin is not null)
                await begin(this, _end.Token).ConfigureAwait(false);
            await ReadAllAsync(handler).ConfigureAwait(false);
            var closedByPeer = new DisconnectReason(DisconnectCause.PeerClosed);
            await _end.EndAsync(new EndOfStreamException("The peer closed the connection."), closedByPeer).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await _end.EndAsync(e).ConfigureAwait(false);
        }

        await canceled.DisposeAsync().ConfigureAwait(false);
        _runtime.Sweep.Remove(this);
        _reader.Dispose(); // From here on the budget does not close the peer any more.
        await Task.WhenAll(_pinging, _writer.DetachedWrites).ConfigureAwait(false);
        ReportTraffic(); // After the last ping is written too.
        var reason = _end.Reason!;
        var outcome = _end.Outcome
            ?? (reason is OperationCanceledException ? Connection?.Reason ?? new(DisconnectCause.Closed) : DisconnectReason.FromHandler(reason));
        await Tap.EndAsync(outcome).ConfigureAwait(false);
        _closed?.TrySetResult(outcome);
        if (_end.Outcome is null)
            ExceptionDispatchInfo.Throw(reason);
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
        catch (Exception e) when (e is not ArgumentException && (e is not OperationCanceledException || _end.HasBegun))
        {
            await _end.EndAsync(e).ConfigureAwait(false);
            throw new IOException($"The message '{command}' could not be sent: {DescribeEnd()}", _end.Reason);
        }
    }

    /// <summary>
    /// Queues a copy of a message, in order with <see cref="SendAsync"/>. Does not wait and does no work on the stream: use it to send the
    /// same to many peers, of which none may delay the others. The end of the connection discards what is queued.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most 4,000,000 bytes.</param>
    /// <returns>
    /// False if the message was not queued: the messages that wait would exceed <see cref="BitcoinPeerOptions.MaxPostBacklog"/> or
    /// <see cref="BitcoinPeerOptions.MaxSendBacklog"/>, or the connection has ended. When none waits, one may be posted whatever its size.
    /// </returns>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    public bool TryPost(MessageCommand command, ReadOnlySpan<byte> payload) => _writer.TryPost(command, payload);

    /// <summary>
    /// Ends the connection, as <see cref="Connection.Close(string)"/>. Does not wait for the end: await <see cref="Closed"/> for that.
    /// <see cref="RunAsync"/> of a peer without a connection then returns.
    /// </summary>
    /// <param name="detail">The cause in a few words; part of the reason. Null for none.</param>
    public void Close(string? detail = null)
    {
        if (Connection is null)
            _ = _end.EndAsync(new IOException($"This program closed the connection: {detail ?? "no cause was given"}."), new(DisconnectCause.Closed, detail));
        else if (detail is null)
            Connection.Close();
        else
            Connection.Close(detail);
    }

    /// <summary>
    /// Ends the connection for a cause that the program found in the peer, as <see cref="Connection.Close(DisconnectCause, string)"/>.
    /// <see cref="RunAsync"/> of a peer without a connection then throws a <see cref="DisconnectedException"/>.
    /// </summary>
    /// <param name="cause">
    /// <see cref="DisconnectCause.PeerClosed"/>, <see cref="DisconnectCause.Reset"/>, <see cref="DisconnectCause.PingTimeout"/>,
    /// <see cref="DisconnectCause.SendTimeout"/> or <see cref="DisconnectCause.ProtocolViolation"/>.
    /// </param>
    /// <param name="detail">The details in a few words; null if the cause suffices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cause is one that only the manager may use.</exception>
    public void Close(DisconnectCause cause, string? detail = null)
    {
        if (Connection is null)
            _ = _end.EndAsync(new DisconnectedException(cause, detail ?? $"This program closed the connection: {cause}."));
        else
            Connection.Close(cause, detail);
    }

    /// <summary>
    /// Reports misbehavior of the peer to the reputation of its <see cref="PeerNetwork"/>, as
    /// <see cref="PeerReputation.ReportMisbehavior(Connection, in Misbehavior)"/>. When its host is discouraged or banned by it, its
    /// connections end. Peers that the user named, and those with <see cref="ConnectionPermissions.NoBan"/>, are exempt. A peer whose address
    /// is shared by others, such as one that came through an onion service, is closed when this misbehavior alone discourages.
    /// <para>Without a <see cref="PeerNetwork"/> there is no reputation, and the call has no effect.</para>
    /// </summary>
    /// <param name="misbehavior">The misbehavior.</param>
    /// <returns>The resulting score of the host and the action; the default value if nothing was recorded.</returns>
    public HostScore ReportMisbehavior(in Misbehavior misbehavior) => OnMisbehavior?.Invoke(misbehavior) ?? default;

    /// <summary>
    /// Reports that the peer was the first to provide a new valid block: <see cref="Connection.ReportUsefulBlock"/>. Without a connection it
    /// has no effect.
    /// </summary>
    public void ReportUsefulBlock() => Connection?.ReportUsefulBlock();

    /// <summary>
    /// Reports that the peer provided a transaction that is useful and new: <see cref="Connection.ReportUsefulTransaction"/>. Without a
    /// connection it has no effect.
    /// </summary>
    public void ReportUsefulTransaction() => Connection?.ReportUsefulTransaction();

    /// <summary>Reports the height of a block that the peer has. Raises <see cref="BestKnownHeight"/>, and never lowers it.</summary>
    /// <param name="height">The height.</param>
    public void ReportHeight(int height)
    {
        var known = BestKnownHeight;
        while (height > known)
        {
            var seen = Interlocked.CompareExchange(ref _bestKnownHeight, height, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    /// <summary>
    /// Sends a ping or ends the connection, if due. Called by <see cref="PeerSweep"/>, never concurrently. Must not block or run user code.
    /// </summary>
    internal void CheckTimers(long now)
    {
        ReportTraffic();
        if (_end.HasBegun)
            return;

        if (Overdue(now) is { } violation)
            _ = _end.EndAsync(violation); // RunAsync waits for it.
        else if (_pinging.IsCompleted && _pings.IsDue(now))
            _pinging = Task.Run(PingAsync);
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
        var token = _end.Token;
        while (await _reader.ReadAsync(token).ConfigureAwait(false) is { } message)
        {
            try
            {
                if (message.Command == MessageCommand.Ping)
                    await OnPingAsync(message.Payload).ConfigureAwait(false);
                else if (!IsHandled(message))
                    await Tap.HandOverAsync(this, message, handler, token).ConfigureAwait(false);
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

    /// <summary>Describes the end, once it has begun.</summary>
    private string DescribeEnd() => _end.Reason is OperationCanceledException && Connection?.Reason is { } reason
        ? $"the connection has ended ({reason})."
        : "the connection has ended.";

    /// <summary>
    /// Ends the connection so that others get memory. Called by the budget, under its lock; never once the reader is disposed of.
    /// </summary>
    private void CloseToFreeMemory() => _ = _end.EndAsync(new BitcoinProtocolException(
        ProtocolViolation.ReceiveBudget,
        "The receive budget is used up, and the peer held memory for a message that it did not finish while others waited."));
}
