using System.Collections.Immutable;
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
    /// <summary>The peer whose handler runs the current code; null elsewhere.</summary>
    private static readonly AsyncLocal<BitcoinPeer?> Handling = new();

    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly PeerSender _outbox;
    private readonly AgreedTransport _transport;
    private readonly PeerEnd _end;
    private readonly PeerRuntime _runtime;
    private readonly PeerKeepAlive _keepAlive;
    private readonly PeerRequests _requests;
    private readonly RequestSender _sender;
    private readonly HeldBytes _held;
    private readonly LoopSignal _wake = new();
    private readonly TaskCompletionSource<DisconnectReason>? _closed; // The end of a peer without a connection.
    private readonly bool _asksForTransactions;
    private int _started; // 1 once the peer runs. Interlocked.
    private int _bestKnownHeight; // Interlocked.

    internal BitcoinPeer(
        PeerRuntime runtime,
        FrameReader reader,
        FrameWriter writer,
        CancellationTokenSource lifetime,
        ConnectionDirection direction,
        EndPoint? remoteEndPoint,
        HandshakeProfile profile,
        HandshakeResult handshake,
        AgreedTransport transport)
    {
        _runtime = runtime;
        _reader = reader;
        _writer = writer;
        _end = new(lifetime);
        Connection = profile.Connection;
        _outbox = new(writer, _end, Connection);
        _requests = new(runtime.Options.TimeProvider, reader.ReadPauses!, _wake, _outbox.Describe);
        reader.IsAwaited = _requests.Await;
        _held = new(() => reader.Lease!.Renew(_wake.Set), HeldBytes.DefaultLimit);
        _sender = new(runtime, _requests, _held, _wake, _outbox.SendAsync);
        writer.OnDetachedWriteFailed = _end.EndAsync;
        _end.Token.UnsafeRegister(static peer => ((BitcoinPeer)peer!).EndRequests(), this);
        _keepAlive = new(runtime, _end, reader, writer, _outbox.SendAsync);
        Id = Connection?.Id ?? runtime.NextStreamId();
        if (Connection is null)
            _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Tap = new(reader);
        Direction = direction;
        RemoteEndPoint = remoteEndPoint;
        Version = handshake.Version;
        _transport = transport;
        _bestKnownHeight = Version.StartHeight;
        ProtocolVersion = handshake.ProtocolVersion;
        WantsAddrV2 = handshake.WantsAddrV2;
        WantsWtxidRelay = handshake.WantsWtxidRelay;
        Features = handshake.Features;
        _asksForTransactions = profile.Relay;
    }

    /// <summary>The connection of a <see cref="ConnectionManager"/>; null for a peer on a stream without one.</summary>
    [JsonIgnore]
    public Connection? Connection { get; }

    /// <summary>The id: that of the connection, or a negative number of this peer alone if there is none.</summary>
    public long Id { get; }

    /// <summary>
    /// The name of the group that the connection fills, which may change: <see cref="Connection.Group"/>. Null if it fills none, and without
    /// a connection.
    /// </summary>
    public string? Group => Connection?.Group;

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

    /// <summary>The transport of the connection: <see cref="BitcoinPeerOptions.Transport"/>.</summary>
    public PeerTransport Transport => _transport.Transport;

    /// <summary>
    /// The id of the session (BIP324), 32 bytes; empty in v1. It is the same on both sides, unless an attacker on the way
    /// decrypts the connection: to exclude that, the operators of both can compare it. Bitcoin Core shows it as session_id in getpeerinfo.
    /// </summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> SessionId => _transport.SessionId;

    /// <summary>
    /// The contents of the peer's version packet (BIP324), at most the first 256 bytes; empty in v1, and usually. They have no meaning yet.
    /// </summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> TransportVersion => _transport.Decoder?.VersionContents ?? default;

    /// <summary>The protocol version in use: the lower one of the two sides.</summary>
    public int ProtocolVersion { get; }

    /// <summary>True when the peer asked for addresses as addrv2 (BIP155).</summary>
    public bool WantsAddrV2 { get; }

    /// <summary>
    /// True when the peer sent wtxidrelay (BIP339). If <see cref="BitcoinPeerOptions.WtxidRelay"/> is set too, announce transactions to it
    /// by wtxid; otherwise by txid.
    /// </summary>
    public bool WantsWtxidRelay { get; }

    /// <summary>The features that the peer announced (BIP434), in its order; at most the first 32. Empty below protocol version 70017.</summary>
    public ImmutableArray<PeerFeature> Features { get; }

    /// <summary>
    /// The height of the best block that the peer is known to have: <see cref="VersionMessage.StartHeight"/>, which is only a claim, until
    /// <see cref="ReportHeight"/> reports a higher one. -1 if the peer gave none.
    /// </summary>
    public int BestKnownHeight => Volatile.Read(ref _bestKnownHeight);

    /// <summary>The time from the last answered ping to its pong; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _keepAlive.LastRoundTrip;

    /// <summary>The shortest time from a ping to its pong; null before the first.</summary>
    public TimeSpan? ShortestRoundTrip => _keepAlive.ShortestRoundTrip;

    /// <summary>The callback for <see cref="ReportMisbehavior"/>; null without a <see cref="PeerNetwork"/>. Set before the peer runs.</summary>
    internal Func<Misbehavior, HostScore>? OnMisbehavior { get; set; }

    /// <summary>The chain of the peer.</summary>
    internal ChainParameters Chain => _runtime.Options.Chain!;

    /// <summary>The tap that another library may put on the peer.</summary>
    internal TapSlot Tap { get; }

    /// <summary>The pings and time-outs.</summary>
    internal PeerKeepAlive KeepAlive => _keepAlive;

    /// <summary>The number of requests that are under way.</summary>
    internal int RequestsUnderWay => _requests.Count;

    /// <summary>
    /// The number of requests that the peer has answered: of <see cref="RequestAsync(MessageCommand, ReadOnlyMemory{byte}, MessageCommand, TimeSpan?, CancellationToken)"/>,
    /// and of streams whose last answer came.
    /// </summary>
    public long RequestsAnswered => _requests.Answered;

    /// <summary>The number of requests that the peer did not answer in time.</summary>
    public long RequestsTimedOut => _requests.TimedOut;

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
    /// sendaddrv2, ping, the pongs to pings of this object, and the answers to requests. It is called for one message at a time, in order,
    /// and the payload is valid until it returns. It may await requests to this peer: meanwhile the other messages wait. Its token is
    /// cancelled when the connection ends. An exception ends the connection and is thrown by this method, except a
    /// <see cref="BitcoinProtocolException"/> that <see cref="MisbehaviorPolicy.GetResponse"/> ignores: this drops the message.
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
        return BeginAndRunAsync(interest: null, ask: null, begin: null, handler, cancellationToken);
    }

    /// <summary>
    /// Runs the peer with callbacks before the first message is read, under the same time-outs, and with an interest other than that of the
    /// options. The first callback sends getaddr, if it is wanted.
    /// </summary>
    internal async Task BeginAndRunAsync(
        MessageInterest? interest,
        Func<CancellationToken, ValueTask>? ask,
        Func<BitcoinPeer, CancellationToken, ValueTask>? begin,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("RunAsync was called before: it may be called only once.");

        Tap.Begin(interest ?? _runtime.Interest);
        Handling.Value = this; // For this method and all that it calls.
        var canceled = cancellationToken.UnsafeRegister(
            static (peer, token) => _ = ((BitcoinPeer)peer!)._end.EndAsync(new OperationCanceledException(token)), this); // Awaited below.
        var loop = new PeerLoop(this, _keepAlive, _requests, _reader, new(_held, _runtime.Options.BufferPool), _wake, Tap, handler, _end.Token);
        try
        {
            _runtime.Transports.Add(Transport, 1);
            _runtime.Sweep.Add(_keepAlive);
            await loop.RunAsync(GreetAsync).ConfigureAwait(false);
            var closedByPeer = new DisconnectReason(DisconnectCause.PeerClosed);
            await _end.EndAsync(new EndOfStreamException("The peer closed the connection."), closedByPeer).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await _end.EndAsync(e).ConfigureAwait(false);
        }

        await loop.FinishAsync().ConfigureAwait(false);
        await canceled.DisposeAsync().ConfigureAwait(false);
        _runtime.Sweep.Remove(_keepAlive);
        _runtime.Transports.Add(Transport, -1);
        _reader.Dispose(); // From here on the budget does not close the peer any more.
        _held.Close();
        await Task.WhenAll(_keepAlive.Pinging, _writer.DetachedWrites).ConfigureAwait(false);
        _writer.Wipe();
        _keepAlive.ReportTraffic(); // After the last ping is written too.
        var reason = _end.Reason!;
        var outcome = _end.Outcome
            ?? (reason is OperationCanceledException ? Connection?.Reason ?? new(DisconnectCause.Closed) : DisconnectReason.FromHandler(reason));
        await Tap.EndAsync(outcome).ConfigureAwait(false);
        _closed?.TrySetResult(outcome);
        if (_end.Outcome is null)
            ExceptionDispatchInfo.Throw(reason);

        async ValueTask GreetAsync(BitcoinPeer peer, CancellationToken token)
        {
            await PeerGreeting.SendAsync(peer, _runtime.Options, _asksForTransactions, ask, token).ConfigureAwait(false);
            if (begin is not null)
                await begin(peer, token).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends a message. Completes once the stream has taken all of it. Do not change the payload before. Messages are sent in the order of
    /// the calls.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
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
    public ValueTask SendAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        _outbox.SendAsync(command, payload, cancellationToken);

    /// <summary>Sends a message that is encoded already, as <see cref="SendAsync"/> does.</summary>
    /// <returns>False if too many bytes wait for the peer: then the message is not sent, and the connection goes on.</returns>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the stream had taken all of the message.</exception>
    internal ValueTask<bool> TrySendAsync(FrameBatch message, CancellationToken cancellationToken) => _outbox.TrySendAsync(message, cancellationToken);

    /// <summary>
    /// Queues a copy of a message, in order with <see cref="SendAsync"/>. Does not wait and does no work on the stream: use it to send the
    /// same to many peers, of which none may delay the others. The end of the connection discards what is queued.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
    /// <returns>
    /// False if the message was not queued: the messages that wait would exceed <see cref="BitcoinPeerOptions.MaxPostBacklog"/> or
    /// <see cref="BitcoinPeerOptions.MaxSendBacklog"/>, or the connection has ended. When none waits, one may be posted whatever its size.
    /// </returns>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    public bool TryPost(MessageCommand command, ReadOnlySpan<byte> payload) => _writer.TryPost(command, payload);

    /// <summary>
    /// Sends a request and waits for its answer: the next message with a command. See
    /// <see cref="RequestAsync(MessageCommand, ReadOnlyMemory{byte}, IReadOnlyCollection{MessageCommand}, Func{BitcoinMessage, bool}, TimeSpan?, CancellationToken)"/>.
    /// </summary>
    /// <param name="command">The command of the request, such as getheaders.</param>
    /// <param name="payload">The payload of the request, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
    /// <param name="answer">The command of the answer, such as headers.</param>
    /// <param name="timeout">The timeout; null for an adaptive one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer. Its payload belongs to the caller.</returns>
    /// <exception cref="TimeoutException">The answer did not come in time. The connection stays.</exception>
    /// <exception cref="IOException">The connection has ended, or ends before the answer; the inner exception has the reason.</exception>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<BitcoinMessage> RequestAsync(
        MessageCommand command,
        ReadOnlyMemory<byte> payload,
        MessageCommand answer,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        _sender.RequestAsync(new(command, RequestSender.Check([answer]), isAnswer: null), payload, RequestSender.Check(timeout), cancellationToken);

    /// <summary>
    /// Sends a request and waits for its answer. Any number of requests may be under way at once, from the handler and elsewhere. An answer
    /// goes to the oldest request that it matches and not to the handler. Other messages and pings continue.
    /// </summary>
    /// <remarks>
    /// Messages with the commands of the answers are read even when <see cref="BitcoinPeerOptions.MessageCommands"/> leaves them out.
    /// Without a timeout, the peer's earlier answers to the same command decide: their mean and four times their deviation, from 5 s to
    /// 2 min, doubled after each time-out, and 30 s before the first answer. Each request with the same command that is under way adds as
    /// much. Time in which the peer is not read, because the receive budget is used up, does not count. Thread-safe.
    /// </remarks>
    /// <param name="command">The command of the request, such as getdata.</param>
    /// <param name="payload">The payload of the request, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
    /// <param name="answers">The commands of messages that may be the answer, such as block and notfound. At least one.</param>
    /// <param name="isAnswer">
    /// The function that determines whether a message with such a command is the answer. It runs on the task that reads the messages: it
    /// must be quick, and may not keep the payload. An exception ends the request with it.
    /// </param>
    /// <param name="timeout">
    /// The time within which the answer must come once the request is sent: more than zero, or <see cref="Timeout.InfiniteTimeSpan"/>. Null
    /// for an adaptive one.
    /// </param>
    /// <param name="cancellationToken">Ends the wait. A later answer is an ordinary message.</param>
    /// <returns>The answer. Its payload belongs to the caller.</returns>
    /// <exception cref="TimeoutException">The answer did not come in time. The connection stays.</exception>
    /// <exception cref="IOException">The connection has ended, or ends before the answer; the inner exception has the reason.</exception>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<BitcoinMessage> RequestAsync(
        MessageCommand command,
        ReadOnlyMemory<byte> payload,
        IReadOnlyCollection<MessageCommand> answers,
        Func<BitcoinMessage, bool> isAnswer,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(isAnswer);
        return _sender.RequestAsync(new(command, RequestSender.Check(answers), isAnswer), payload, RequestSender.Check(timeout), cancellationToken);
    }

    /// <summary>
    /// Sends a request that has several answers, and returns them as they come: the filters of a getcfilters, for example. Otherwise as
    /// <see cref="RequestAsync(MessageCommand, ReadOnlyMemory{byte}, IReadOnlyCollection{MessageCommand}, Func{BitcoinMessage, bool}, TimeSpan?, CancellationToken)"/>.
    /// </summary>
    /// <remarks>
    /// The request is sent when the enumeration begins, and ends with it. Answers that arrive faster than they are taken wait in memory
    /// that is part of <see cref="BitcoinPeerOptions.ReceiveBudget"/>, at most 8 MiB for each peer. When there is no more room, the peer is
    /// not read until some are taken; a request that waits meanwhile may time out. So take all answers before you send requests that depend
    /// on them, if they may be that large.
    /// </remarks>
    /// <param name="command">The command of the request.</param>
    /// <param name="payload">The payload of the request, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes. Do not change it before the first answer.</param>
    /// <param name="answers">The commands of messages that may be answers. At least one.</param>
    /// <param name="isAnswer">The function that determines whether a message with such a command is an answer; null for all.</param>
    /// <param name="isLast">
    /// The function that determines whether an answer is the last one. Called once for each answer, in order, as
    /// <paramref name="isAnswer"/>.
    /// </param>
    /// <param name="timeout">The timeout of each answer, from the one before; null for an adaptive one.</param>
    /// <param name="cancellationToken">Ends the enumeration, before the next answer even if that has arrived.</param>
    /// <returns>The answers, in order. Their payloads belong to the caller.</returns>
    /// <exception cref="TimeoutException">The next answer did not come in time. The connection stays.</exception>
    /// <exception cref="IOException">The connection has ended, or ends before the last answer.</exception>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<BitcoinMessage> RequestManyAsync(
        MessageCommand command,
        ReadOnlyMemory<byte> payload,
        IReadOnlyCollection<MessageCommand> answers,
        Func<BitcoinMessage, bool>? isAnswer,
        Func<BitcoinMessage, bool> isLast,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(isLast);
        var commands = RequestSender.Check(answers);
        return _sender.RequestManyAsync(
            held => new(command, commands, isAnswer, isLast, held), payload, RequestSender.Check(timeout), cancellationToken);
    }

    /// <summary>
    /// Sends a ping and waits for its pong. The messages that the peer sent before the pong are handled by then, unless the call comes from
    /// the peer's own handler, which they wait for, or from work that the handler began (its execution context). Messages that the peer was sent before the ping have arrived there. At most 64 pings
    /// of a peer are under way at one time; the library's own do not count.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The time from the ping to the arrival of its pong.</returns>
    /// <exception cref="TimeoutException">The pong did not come within <see cref="BitcoinPeerOptions.PongTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">64 pings are under way.</exception>
    /// <exception cref="IOException">The connection has ended, or ends before the pong; the inner exception has the reason.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default) =>
        _sender.PingAsync(isInOrder: Handling.Value != this, cancellationToken);

    /// <summary>
    /// Ends the connection, as <see cref="Connection.Close(string)"/>. Does not wait for the end: await <see cref="Closed"/> for that.
    /// <see cref="RunAsync"/> of a peer without a connection then returns.
    /// </summary>
    /// <param name="detail">The cause in a few words; part of the reason. Null for none.</param>
    public void Close(string? detail = null) => _outbox.Close(detail);

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
    public void Close(DisconnectCause cause, string? detail = null) => _outbox.Close(cause, detail);

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

    /// <summary>Reports that the peer was the first to provide a new valid block. No effect without a <see cref="Connection"/>.</summary>
    public void ReportUsefulBlock() => Connection?.ReportUsefulBlock();

    /// <summary>Reports that the peer provided a transaction that is useful and new. No effect without a <see cref="Connection"/>.</summary>
    public void ReportUsefulTransaction() => Connection?.ReportUsefulTransaction();

    /// <summary>Reports the height of a block that the peer has. Raises <see cref="BestKnownHeight"/>, and never lowers it.</summary>
    /// <param name="height">The height.</param>
    public void ReportHeight(int height)
    {
        for (var known = BestKnownHeight; height > known;)
        {
            var seen = Interlocked.CompareExchange(ref _bestKnownHeight, height, known);
            known = seen == known ? height : seen;
        }
    }

    private void EndRequests()
    {
        _requests.End(_end.Reason!);
        _wake.Set();
    }

    /// <summary>
    /// Ends the connection so that others get memory. Called by the budget, under its lock; never once the reader is disposed of.
    /// </summary>
    internal void CloseToFreeMemory() => _ = _end.EndAsync(CreateBudgetException());

    /// <summary>Creates the exception for a connection that ends so that others get memory.</summary>
    internal static BitcoinProtocolException CreateBudgetException() => new(
        ProtocolViolation.ReceiveBudget,
        "The receive budget is used up, and the peer held memory for a message that it did not finish while others waited.");
}
