using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Writes messages to a stream: of the v1 transport, or, within a <see cref="BitcoinPeer"/>, of the one that the peers agreed on.
/// Thread-safe: concurrent calls write one message after the other, in the order of the calls. The bytes that wait to be written are
/// limited.
/// </summary>
/// <remarks>
/// It does not own the stream. After a write that failed or was ended by the lifetime, the stream can't be used any more.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose of.")]
public sealed class FrameWriter
{
    /// <summary>The most bytes per write. The progress of a slow peer is seen in this unit.</summary>
    private const int ChunkSize = 16 * 1024;

    private const long Idle = long.MinValue;

    private readonly Stream _stream;
    private FrameFormat _format;
    private readonly SendBacklog _backlog;
    private readonly TimeProvider _time;
    private readonly ArrayPool<byte> _pool;
    private readonly SemaphoreSlim _turn = new(1, 1); // Held while a message is written.
    private readonly Lock _lock = new();
    private long _messages; // Calls so far; each call's number identifies its message. Interlocked.

    // Guarded by _lock.
    private long _begun; // The number of the message that is being written; 0 for none.
    private ReadOnlyMemory<byte> _rest; // The part of its body that has not been copied into a chunk.
    private byte[]? _detachedBody; // The pooled copy of that part, once its caller has given up waiting.
    private int _detached; // The number of messages that are written without a caller.
    private TaskCompletionSource? _noneDetached; // Completed when that is zero again; null until it is awaited.

    // Written by the holder of _turn, read by any thread.
    private long _chunkBegan = Idle; // The timestamp at which the write under way began.
    private long _bytesSent;

    private PacketSealer? _sealer; // Null in v1. Used by the holder of _turn.
    private bool _broken; // True when a message was not written whole. Used by the holder of _turn.

    /// <summary>Creates a writer.</summary>
    /// <param name="stream">The destination of bytes.</param>
    /// <param name="chain">The chain, which gives the magic, the longest payload and the checksum.</param>
    /// <param name="maxBacklog">
    /// The most bytes that may wait, including those being written. A single message may always be sent, whatever its size. Default
    /// <see cref="BitcoinPeerOptions.DefaultMaxSendBacklog"/>.
    /// </param>
    /// <param name="timeProvider">The clock of <see cref="StalledFor"/>. Default <see cref="TimeProvider.System"/>.</param>
    /// <param name="pool">The pool of buffers. The default keeps at most 16 MiB of large buffers.</param>
    /// <param name="lifetime">Ends all writing at once when it is cancelled, even within a message. Default never.</param>
    public FrameWriter(
        Stream stream,
        ChainParameters chain,
        int maxBacklog = BitcoinPeerOptions.DefaultMaxSendBacklog,
        TimeProvider? timeProvider = null,
        ArrayPool<byte>? pool = null,
        CancellationToken lifetime = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBacklog);
        _stream = stream;
        _format = FrameFormat.FromChain(chain);
        _backlog = new(maxBacklog);
        _time = timeProvider ?? TimeProvider.System;
        _pool = pool ?? ReceiveBuffers.Instance;
        Lifetime = lifetime;
    }

    /// <summary>The most bytes that the messages of <see cref="TryPost"/> may take while they wait.</summary>
    internal int MaxPosted
    {
        init => _backlog.MaxPosted = value;
    }

    /// <summary>The token that ends all writing.</summary>
    internal CancellationToken Lifetime { get; }

    /// <summary>
    /// A task that completes when no message is left that was posted, or whose caller has stopped waiting. Once the lifetime has ended, no
    /// message is added.
    /// </summary>
    internal Task DetachedWrites
    {
        get
        {
            lock (_lock)
            {
                if (_detached == 0)
                    return Task.CompletedTask;
                _noneDetached ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                return _noneDetached.Task;
            }
        }
    }

    /// <summary>The callback for such a message that could not be written.</summary>
    internal Func<Exception, Task>? OnDetachedWriteFailed { get; set; }

    /// <summary>The number of bytes written.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>The time for which the stream has taken nothing of the current write; zero if there is none.</summary>
    public TimeSpan StalledFor
    {
        get
        {
            var began = Volatile.Read(ref _chunkBegan);
            return began == Idle ? TimeSpan.Zero : _time.GetElapsedTime(began);
        }
    }

    /// <summary>Sends a message. Completes once the stream has taken all of it. Do not change the payload before.</summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
    /// <param name="cancellationToken">
    /// Ends the wait. A message that has not begun is then never sent. One that has begun continues without its caller, so that it is never
    /// torn, until the lifetime ends.
    /// </param>
    /// <exception cref="BitcoinProtocolException">The backlog would exceed its limit; nothing was written.</exception>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    /// <exception cref="IOException">The stream failed, in this or in an earlier call.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the lifetime has ended.</exception>
    public ValueTask WriteAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        var header = FrameHeader.Create(_format, command, payload.Span);
        return WriteOrDetachAsync(header, payload, FrameHeader.Size + payload.Length, cancellationToken);
    }

    /// <summary>
    /// Queues a copy of a message, in order with the calls of <see cref="WriteAsync(MessageCommand, ReadOnlyMemory{byte}, CancellationToken)"/>.
    /// Does not wait, and does not use the stream on the calling thread.
    /// </summary>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload, at most <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
    /// <returns>
    /// False if the posted messages that wait would take more than 1,000,000 bytes, or all messages more than their limit, or the lifetime has ended; then nothing is sent. One message may always be
    /// posted, whatever its size.
    /// </returns>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    public bool TryPost(MessageCommand command, ReadOnlySpan<byte> payload)
    {
        var header = FrameHeader.Create(_format, command, payload);
        if (!_backlog.TryReservePost(FrameHeader.Size + payload.Length))
            return false;

        lock (_lock)
        {
            if (Lifetime.IsCancellationRequested)
            {
                _backlog.ReleasePost(FrameHeader.Size + payload.Length);
                return false;
            }

            _detached++;
        }

        var body = _pool.Rent(payload.Length);
        payload.CopyTo(body);
        var turn = _turn.WaitAsync(CancellationToken.None); // Takes its place among the messages that wait.
        _ = Task.Run(() => WritePostedAsync(turn, header, body), CancellationToken.None); // DetachedWrites waits for it.
        return true;
    }

    /// <summary>Sends messages that <see cref="FrameBatch"/> has encoded, in one write.</summary>
    internal ValueTask WriteAsync(FrameBatch batch, CancellationToken cancellationToken) =>
        WriteOrDetachAsync(null, batch.Encoded, batch.Encoded.Length, cancellationToken);

    /// <summary>Sends bytes as they are, before the first message.</summary>
    internal ValueTask WriteRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WriteOrDetachAsync(null, bytes, bytes.Length, cancellationToken);

    /// <summary>Sends all further messages as packets of the v2 transport. Called before the first message, and while none is written.</summary>
    /// <param name="sealer">The cipher, which the writer takes.</param>
    internal void Encrypt(PacketSealer sealer)
    {
        _format = _format with { Checksum = static _ => 0 }; // The tag of the packet takes its place.
        _sealer = sealer;
    }

    /// <summary>Wipes the keys once the lifetime has ended. A write that is still under way does so at its end.</summary>
    internal void Wipe()
    {
        if (_sealer is null || !_turn.Wait(0, CancellationToken.None))
            return;
        _sealer.Dispose();
        _turn.Release();
    }

    private ValueTask WriteOrDetachAsync(FrameHeader? header, ReadOnlyMemory<byte> body, int size, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _messages);
        var writing = WaitAndWriteAsync(number, header, body, size, cancellationToken);
        return writing.IsCompleted || !cancellationToken.CanBeCanceled ? writing : WaitOrDetachAsync(number, writing.AsTask(), cancellationToken);
    }

    private async ValueTask WaitOrDetachAsync(long number, Task writing, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!writing.IsCompleted && TryDetach(number, writing))
            cancellationToken.ThrowIfCancellationRequested();

        await writing.ConfigureAwait(false); // Completes at once, or the message has not begun and ends with the token.
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAndWriteAsync(
        long number, FrameHeader? header, ReadOnlyMemory<byte> body, int size, CancellationToken cancellationToken)
    {
        _backlog.Reserve(size);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            await WriteInTurnAsync(number, header, body, size, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _backlog.Release(size);
        }
    }

    /// <summary>Writes a message as the holder of the turn, which it gives up.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteInTurnAsync(
        long number, FrameHeader? header, ReadOnlyMemory<byte> body, int size, CancellationToken cancellationToken)
    {
        var chunk = Array.Empty<byte>();
        try
        {
            Lifetime.ThrowIfCancellationRequested();
            if (_broken)
                throw new IOException("An earlier message was not written whole, so the stream can't be used any more.");

            Begin(number, body, cancellationToken);
            _broken = true; // Until the message is written whole.
            if (_sealer is { } sealer)
            {
                var length = header is null ? PacketBatch.GetLength(body.Span) : PacketBatch.GetLength(header.Value.Command, body.Length);
                chunk = _pool.Rent(length);
                Seal(sealer, header, body, chunk.AsSpan(0, length));
                for (var written = 0; written < length; written += ChunkSize)
                    await WriteChunkAsync(chunk.AsMemory(written, Math.Min(length - written, ChunkSize))).ConfigureAwait(false);
            }
            else
            {
                chunk = _pool.Rent(Math.Min(size, ChunkSize));
                header?.Write(chunk);
                var filled = header is null ? 0 : FrameHeader.Size;
                while ((filled += TakeInto(chunk.AsSpan(filled, Math.Min(size, ChunkSize) - filled))) > 0)
                {
                    await WriteChunkAsync(chunk.AsMemory(0, filled)).ConfigureAwait(false);
                    filled = 0;
                }
            }

            _broken = false;
        }
        finally
        {
            Volatile.Write(ref _chunkBegan, Idle);
            End();
            if (chunk.Length > 0)
                _pool.Return(chunk);
            if (Lifetime.IsCancellationRequested)
                _sealer?.Dispose();
            _turn.Release();
        }
    }

    /// <summary>
    /// Encrypts a message, or all of a batch, into its packets. The body is copied as a whole first, since its caller may stop waiting.
    /// </summary>
    private void Seal(PacketSealer sealer, FrameHeader? header, ReadOnlyMemory<byte> body, Span<byte> packets)
    {
        if (header is { Command: var command })
        {
            TakeInto(packets[PacketBatch.Begin(command, packets)..^PacketCipher.TagSize]);
            sealer.Seal(packets);
        }
        else
        {
            PacketBatch.Seal(body.Span, packets, sealer); // The bytes of a batch do not change.
        }
    }

    private async Task WritePostedAsync(Task turn, FrameHeader header, byte[] body)
    {
        try
        {
            await turn.ConfigureAwait(false);
            var number = Interlocked.Increment(ref _messages);
            var payload = body.AsMemory(0, header.PayloadLength);
            await FinishAsync(WriteInTurnAsync(number, header, payload, FrameHeader.Size + payload.Length, CancellationToken.None).AsTask())
                .ConfigureAwait(false);
        }
        finally
        {
            _pool.Return(body);
            _backlog.ReleasePost(FrameHeader.Size + header.PayloadLength);
            EndDetached();
        }
    }

    /// <summary>
    /// Begins a message, unless its token is cancelled. So a caller that stops waiting knows whether its message has begun.
    /// </summary>
    private void Begin(long number, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (_begun, _rest) = (number, body);
        }
    }

    /// <summary>Copies the next part of the message, since the stream may use the bytes for longer than the caller waits.</summary>
    private int TakeInto(Span<byte> chunk)
    {
        lock (_lock)
        {
            var taken = Math.Min(chunk.Length, _rest.Length);
            _rest.Span[..taken].CopyTo(chunk);
            _rest = _rest[taken..];
            return taken;
        }
    }

    /// <summary>Takes over a message that has begun from its caller: copies the rest, which continues to be written.</summary>
    /// <returns>
    /// False if the message has not begun or is already written, and once the lifetime has ended, which ends the write as well.
    /// </returns>
    private bool TryDetach(long number, Task writing)
    {
        lock (_lock)
        {
            if (_begun != number || Lifetime.IsCancellationRequested)
                return false;

            if (_rest.Length > 0)
            {
                _detachedBody = _pool.Rent(_rest.Length);
                _rest.CopyTo(_detachedBody);
                _rest = _detachedBody.AsMemory(0, _rest.Length);
            }

            _detached++;
        }

        _ = FinishDetachedAsync(writing); // DetachedWrites waits for it.
        return true;
    }

    private async Task FinishDetachedAsync(Task writing)
    {
        try
        {
            await FinishAsync(writing).ConfigureAwait(false);
        }
        finally
        {
            EndDetached();
        }
    }

    private void EndDetached()
    {
        TaskCompletionSource? none = null;
        lock (_lock)
        {
            if (--_detached == 0)
                (none, _noneDetached) = (_noneDetached, null);
        }

        none?.SetResult();
    }

    private async Task FinishAsync(Task writing)
    {
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch (Exception exception) when (OnDetachedWriteFailed is { } onDetachedWriteFailed)
        {
            await onDetachedWriteFailed(exception).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The next call reports it.
        }
    }

    private void End()
    {
        lock (_lock)
        {
            (_begun, _rest) = (0, default);
            if (_detachedBody is { } left)
                _pool.Return(left);
            _detachedBody = null;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteChunkAsync(ReadOnlyMemory<byte> chunk)
    {
        Volatile.Write(ref _chunkBegan, _time.GetTimestamp());
        await _stream.WriteAsync(chunk, Lifetime).ConfigureAwait(false);
        Volatile.Write(ref _bytesSent, _bytesSent + chunk.Length);
    }
}
