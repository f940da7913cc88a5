using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>The state of a connection, as the loop and <see cref="ConnectionRunner"/> change it.</summary>
public sealed partial class Connection
{
    // The milestones on the way to the end, in _milestones.
    private const int HandlerReturned = 1;
    private const int IsShutDown = 2;
    private const int HasEnded = 4;

    /// <summary>Cancelled by the shutdown. Not disposed: it has neither timer nor parent, and handlers may read its token after the end.</summary>
    private readonly CancellationTokenSource _closing = new();

    /// <summary>The source of <see cref="Closed"/>, created on first use, because few handlers use it. Guarded by the lock.</summary>
    private TaskCompletionSource<DisconnectReason>? _closed;

    /// <summary>True once <see cref="Closed"/> is completed, or would be. Guarded by the lock.</summary>
    private bool _isClosed;

    /// <summary>True while the handshake runs, which may replace the stream. Guarded by the lock.</summary>
    private bool _isStreamReplaceable;

    /// <summary>True once the stream is disposed of: it is neither replaced nor disposed again. Guarded by the lock.</summary>
    private bool _isStreamTaken;

    private byte _countedPhase;

    /// <summary>The milestones that were reached. Any thread; changed by <see cref="Interlocked"/>.</summary>
    private int _milestones;

    /// <summary>The moment when the rules ended it, in ticks. Written once by the loop, before the milestone; read by any thread.</summary>
    private long _endedAt;

    /// <summary>The remote address as the stream gave it; null when it gave none.</summary>
    internal EndPoint? KnownRemoteEndPoint { get; private set; }

    /// <summary>The running work, which a stop lists while it waits. Used by the loop only.</summary>
    internal ConnectionWork Work { get; set; }

    /// <summary>The network under which metrics count it. Set by the loop before the first work begins.</summary>
    internal NetworkWord CountedAs { get; set; }

    /// <summary>The phase under which metrics count it. Used by the loop only.</summary>
    internal LinkPhase CountedPhase { get => (LinkPhase)_countedPhase; set => _countedPhase = (byte)value; }

    /// <summary>The instance name of its manager, for spans.</summary>
    internal string InstanceName => _context.Metrics.InstanceName;

    /// <summary>The failure that the dial or handshake ended with. Set before its message is posted.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>The reason for its end. Set by the loop before the shutdown begins, or by the shutdown of an attempt.</summary>
    internal DisconnectReason? Reason { get; set; }

    /// <summary>The time from the start of its dial until it was established, for one that was.</summary>
    internal TimeSpan ConnectTime => Link.EstablishedAt - Link.StartedAt;

    /// <summary>The time since it was established, until its end, for one that was.</summary>
    internal TimeSpan Age => (IsEnded ? new TimeSpan(Volatile.Read(ref _endedAt)) : _context.Now) - Link.EstablishedAt;

    /// <summary>True when the rules have ended it: a dial, handshake or handler that waits for a thread does not begin any more.</summary>
    internal bool IsEnded => (Volatile.Read(ref _milestones) & HasEnded) != 0;

    /// <summary>True while the handshake may replace the stream.</summary>
    internal bool IsStreamReplaceable
    {
        set
        {
            lock (Link)
                _isStreamReplaceable = value;
        }
    }

    /// <summary>Reads the endpoints that a stream gives.</summary>
    internal static (EndPoint? Local, EndPoint? Remote) GetEndPoints(Stream stream, ConnectionKind kind) => stream switch
    {
        IStreamEndPoints known => (known.LocalEndPoint, known.RemoteEndPoint),
        // A user's own dialer may go through a proxy: the remote end of its socket need not be the peer.
        System.Net.Sockets.NetworkStream { Socket: var socket } when kind == ConnectionKind.Inbound => (socket.LocalEndPoint, socket.RemoteEndPoint),
        _ => (null, null),
    };

    /// <summary>Marks it as ended by the rules. Called before any caller learns of the end; the token is cancelled later, by the shutdown.</summary>
    internal void MarkEnded()
    {
        if (!IsEnded)
            Volatile.Write(ref _endedAt, _context.Now.Ticks);
        Interlocked.Or(ref _milestones, HasEnded);
    }

    /// <summary>Marks the handler as returned.</summary>
    /// <returns>True if the connection is shut down already.</returns>
    internal bool MarkHandlerReturned() => (Interlocked.Or(ref _milestones, HandlerReturned) & IsShutDown) != 0;

    /// <summary>Marks it as shut down.</summary>
    /// <returns>True if its handler has returned already.</returns>
    internal bool MarkShutDown() => (Interlocked.Or(ref _milestones, IsShutDown) & HandlerReturned) != 0;

    /// <summary>Cancels <see cref="ClosingToken"/>. Runs user code.</summary>
    internal void CancelClosing(ILogger logger) => Cancellation.Cancel(_closing, logger, this);

    /// <summary>Completes <see cref="Closed"/>.</summary>
    internal void SetClosed()
    {
        Reason ??= DisconnectReason.FromCause(DisconnectCause.NotEstablished);
        TaskCompletionSource<DisconnectReason>? closed;
        lock (Link)
        {
            _isClosed = true;
            closed = _closed;
        }

        closed?.TrySetResult(Reason);
    }

    /// <summary>Keeps a stream to dispose, before its endpoints are known.</summary>
    internal void KeepStream(Stream stream)
    {
        lock (Link)
            _stream = stream;
    }

    /// <summary>Sets the stream and its endpoints.</summary>
    internal void SetStream(Stream stream, (EndPoint? Local, EndPoint? Remote) endPoints)
    {
        lock (Link)
        {
            _stream = stream;
            (LocalEndPoint, RemoteEndPoint) = endPoints;
            KnownRemoteEndPoint = RemoteEndPoint;
            RemoteEndPoint ??= Link.Request.EndPoint;
        }
    }

    /// <summary>Takes the stream to dispose it.</summary>
    /// <returns>Null when there is none, or it was taken before.</returns>
    internal Stream? TakeStream()
    {
        lock (Link)
        {
            if (_isStreamTaken || _stream is null)
                return null;
            _isStreamTaken = true;
            return _stream;
        }
    }

    /// <summary>Reserves one of the addresses of the name that is dialled.</summary>
    /// <returns>The exception with which the dial must fail; null when the address may be connected to.</returns>
    internal Task<ConnectFailedException?> ReserveAsync(IPEndPoint address, CancellationToken cancellationToken) => _context.CallAsync(
        (Connection: this, Address: address),
        static (inputs, subject, _) => inputs.Rules.Reserve(subject.Connection.Link, subject.Address),
        whenStopped: null,
        cancellationToken);

    private bool TryReplaceStream(Stream stream)
    {
        var local = (stream as IStreamEndPoints)?.LocalEndPoint; // Read without the lock, because it is code of the stream.
        lock (Link)
        {
            if (!_isStreamReplaceable || _isStreamTaken)
                return false;
            _stream = stream;
            LocalEndPoint = local ?? LocalEndPoint;
            return true;
        }
    }
}
