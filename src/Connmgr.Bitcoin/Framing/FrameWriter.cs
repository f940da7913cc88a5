using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Writes messages of the v1 transport to a stream. Thread-safe: of several callers one writes at a time, in the order of their calls,
/// so messages never mix. What waits to be written is bounded by a backlog limit.
/// </summary>
/// <remarks>
/// It does not own the stream. After a write that failed or was cut short by its lifetime's end, the stream is of no further use.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose of.")]
public sealed class FrameWriter
{
    /// <summary>The most that goes into one write: the unit in which progress of a slow peer is seen.</summary>
    private const int ChunkSize = 16 * 1024;

    private const long Idle = long.MinValue;

    private readonly Stream _stream;
    private readonly uint _magic;
    private readonly int _maxBacklog;
    private readonly TimeProvider _time;
    private readonly ArrayPool<byte> _pool;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _backlog;
    private long _chunkBegan = Idle;
    private long _bytesSent;
    private bool _broken;

    /// <summary>Makes a writer.</summary>
    /// <param name="stream">Where the bytes go.</param>
    /// <param name="chain">The chain whose magic each message begins with.</param>
    /// <param name="maxBacklog">
    /// The most bytes that may wait, those being written included. One message may always be sent, whatever its size.
    /// Default <see cref="BitcoinPeerOptions.DefaultMaxSendBacklog"/>.
    /// </param>
    /// <param name="timeProvider">The clock of <see cref="StalledFor"/>. Default <see cref="TimeProvider.System"/>.</param>
    /// <param name="pool">Where buffers come from. Default <see cref="ArrayPool{T}.Shared"/>.</param>
    /// <param name="lifetime">Ends all writing when it is cancelled, at any byte. Default never.</param>
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
        _magic = FrameHeader.MagicOf(chain);
        _maxBacklog = maxBacklog;
        _time = timeProvider ?? TimeProvider.System;
        _pool = pool ?? ArrayPool<byte>.Shared;
        Lifetime = lifetime;
    }

    /// <summary>Ends all writing when it is cancelled.</summary>
    internal CancellationToken Lifetime { get; }

    /// <summary>The bytes written so far.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>For how long the stream has taken nothing of a write under way; zero when none is under way.</summary>
    public TimeSpan StalledFor
    {
        get
        {
            var began = Volatile.Read(ref _chunkBegan);
            return began == Idle ? TimeSpan.Zero : _time.GetElapsedTime(began);
        }
    }

    /// <summary>Sends a message. Completes once the stream has taken all of it; the payload must not change until then.</summary>
    /// <param name="command">The kind of message.</param>
    /// <param name="payload">Its content, at most <see cref="FrameHeader.MaxPayloadLength"/> bytes.</param>
    /// <param name="cancellationToken">
    /// Gives up waiting for the messages before this one. A message of which the first byte is written is always finished.
    /// </param>
    /// <exception cref="BitcoinProtocolException">The backlog would exceed its limit; nothing was written.</exception>
    /// <exception cref="ArgumentException">The command is empty or the payload too long.</exception>
    /// <exception cref="IOException">The stream failed, in this or in an earlier call.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up, or the lifetime has ended.</exception>
    public ValueTask WriteAsync(MessageCommand command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        var header = FrameHeader.For(_magic, command, payload.Span);
        return WriteInTurnAsync(header, payload, FrameHeader.Size + payload.Length, cancellationToken);
    }

    /// <summary>Sends messages that <see cref="FrameBatch"/> has encoded, in one write.</summary>
    internal ValueTask WriteAsync(FrameBatch batch, CancellationToken cancellationToken) =>
        WriteInTurnAsync(null, batch.Encoded, batch.Encoded.Length, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteInTurnAsync(FrameHeader? header, ReadOnlyMemory<byte> body, int size, CancellationToken cancellationToken)
    {
        Reserve(size);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                Lifetime.ThrowIfCancellationRequested();
                if (_broken)
                    throw new IOException("An earlier message could not be written whole: the stream is of no further use.");

                _broken = true; // Until all of this message is written.
                if (header is { } frame)
                    body = body[await WriteHeadAsync(frame, body).ConfigureAwait(false)..];

                for (; body.Length > 0; body = body[Math.Min(ChunkSize, body.Length)..])
                    await WriteChunkAsync(body[..Math.Min(ChunkSize, body.Length)]).ConfigureAwait(false);

                _broken = false;
            }
            finally
            {
                Volatile.Write(ref _chunkBegan, Idle);
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Add(ref _backlog, -size);
        }
    }

    /// <summary>Writes the header with as much of the payload as fits beside it, so that a small message is one packet.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WriteHeadAsync(FrameHeader header, ReadOnlyMemory<byte> payload)
    {
        var share = Math.Min(payload.Length, ChunkSize - FrameHeader.Size);
        var chunk = _pool.Rent(FrameHeader.Size + share);
        try
        {
            header.Write(chunk);
            payload.Span[..share].CopyTo(chunk.AsSpan(FrameHeader.Size));
            await WriteChunkAsync(chunk.AsMemory(0, FrameHeader.Size + share)).ConfigureAwait(false);
            return share;
        }
        finally
        {
            _pool.Return(chunk);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteChunkAsync(ReadOnlyMemory<byte> chunk)
    {
        Volatile.Write(ref _chunkBegan, _time.GetTimestamp());
        await _stream.WriteAsync(chunk, Lifetime).ConfigureAwait(false);
        Volatile.Write(ref _bytesSent, _bytesSent + chunk.Length);
    }

    private void Reserve(int size)
    {
        var backlog = Interlocked.Add(ref _backlog, size);
        if (backlog <= _maxBacklog || backlog == size)
            return;

        Interlocked.Add(ref _backlog, -size);
        throw new BitcoinProtocolException(
            ProtocolViolation.SendBacklog,
            $"{backlog - size} bytes wait for the peer to take them; {size} more would exceed the limit of {_maxBacklog}.");
    }
}
