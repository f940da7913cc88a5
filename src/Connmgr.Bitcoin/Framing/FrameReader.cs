using System.Buffers;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Reads messages of the v1 transport from a stream, however the bytes are split. It holds no buffer while it waits for a message to
/// begin, and its buffer grows with the bytes that have arrived, never with those a header promises. Not thread-safe: one read at a time.
/// </summary>
/// <remarks>
/// It may read beyond the end of a message, so all further bytes of the stream must be read through the same reader. It does not own
/// the stream.
/// </remarks>
public sealed class FrameReader : IDisposable
{
    /// <summary>The size of the first buffer: most messages fit, and several small ones cost one read.</summary>
    internal const int InitialBufferSize = 4096;

    private readonly Stream _stream;
    private readonly uint _magic;
    private readonly ArrayPool<byte> _pool;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _handedOut;
    private FrameHeader? _header;
    private long _bytesReceived;
    private long _ignored;
    private ProtocolViolation _lastIgnored;

    /// <summary>Makes a reader.</summary>
    /// <param name="stream">
    /// Where the bytes come from. A zero-byte read should wait for data; one that returns at once does no harm.
    /// </param>
    /// <param name="chain">The chain whose magic each message must begin with.</param>
    /// <param name="pool">Where buffers come from. Default <see cref="ArrayPool{T}.Shared"/>.</param>
    public FrameReader(Stream stream, ChainParameters chain, ArrayPool<byte>? pool = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _magic = FrameHeader.MagicOf(chain);
        _pool = pool ?? ArrayPool<byte>.Shared;
    }

    /// <summary>The bytes read from the stream so far. May be read from any thread.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>
    /// The number of messages dropped because they break a rule that <see cref="ProtocolMisbehavior.ResponseTo"/> ignores. May be read from any
    /// thread.
    /// </summary>
    public long MessagesIgnored => Volatile.Read(ref _ignored);

    /// <summary>The rule that the last message dropped broke; null when there was none.</summary>
    internal ProtocolViolation? LastIgnored => MessagesIgnored == 0 ? null : _lastIgnored;

    /// <summary>
    /// Reads the next message. Its payload is valid until the next call and until <see cref="Dispose"/>. Messages with a bad command or checksum
    /// are passed over, as by Bitcoin Core.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait. The reader may then be used again if the stream may.</param>
    /// <returns>The message; null when the stream has ended between two messages.</returns>
    /// <exception cref="BitcoinProtocolException">
    /// Wrong magic, too large, or truncated. The stream is of no further use.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BitcoinMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DropHandedOut();
        while (true)
        {
            if (TryTake() is { } message)
                return message;

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return _buffer is null ? null : throw Truncated();
        }
    }

    /// <summary>Gives the buffer back. The stream stays open.</summary>
    public void Dispose()
    {
        _start = _end = _handedOut = 0;
        _header = null;
        ReturnBuffer();
    }

    /// <summary>Counts a message that is dropped, here or by who reads.</summary>
    internal void Ignore(ProtocolViolation violation)
    {
        _lastIgnored = violation;
        Volatile.Write(ref _ignored, _ignored + 1);
    }

    private void DropHandedOut()
    {
        _start += _handedOut;
        _handedOut = 0;
        if (_start == _end)
            ReturnBuffer();
    }

    private BitcoinMessage? TryTake()
    {
        while (TakeFrame() is var (header, payload))
        {
            _handedOut = FrameHeader.Size + payload.Length;
            if (!header.Command.IsEmpty && header.Matches(payload.Span))
                return new(header.Command, payload);

            Ignore(header.Command.IsEmpty ? ProtocolViolation.BadCommand : ProtocolViolation.BadChecksum);
            DropHandedOut();
        }

        return null;
    }

    private (FrameHeader Header, ReadOnlyMemory<byte> Payload)? TakeFrame()
    {
        var count = _end - _start;
        if (_header is null && count >= FrameHeader.Size)
            _header = FrameHeader.ReadAnyCommand(_buffer.AsSpan(_start), _magic);

        if (_header is not { } header || count < FrameHeader.Size + header.PayloadLength)
            return null;

        _header = null;
        return (header, _buffer.AsMemory(_start + FrameHeader.Size, header.PayloadLength));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_buffer is null)
        {
            // Waits without a buffer where the stream can; the read below decides.
            await _stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = _pool.Rent(InitialBufferSize);
        }

        var needed = FrameHeader.Size + (_header?.PayloadLength ?? 0);
        MakeRoom(needed);
        var room = _buffer.AsMemory(_end);

        // Never beyond the end of a large message: so its buffer is empty, and given back, once it is handled.
        if (needed > InitialBufferSize)
            room = room[..Math.Min(room.Length, needed - (_end - _start))];

        var read = await ReadOrReturnBufferAsync(room, cancellationToken).ConfigureAwait(false);
        _end += read;
        Volatile.Write(ref _bytesReceived, _bytesReceived + read);
        return read > 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOrReturnBufferAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        var read = 0;
        try
        {
            read = await _stream.ReadAsync(room, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (read == 0 && _start == _end)
                ReturnBuffer();
        }

        return read;
    }

    private void MakeRoom(int needed)
    {
        var count = _end - _start;
        if (_start + needed <= _buffer!.Length)
            return;

        if (count < _buffer.Length)
        {
            _buffer.AsSpan(_start, count).CopyTo(_buffer);
        }
        else
        {
            var grown = _pool.Rent(Math.Min(needed, 2 * _buffer.Length));
            _buffer.AsSpan(_start, count).CopyTo(grown);
            _pool.Return(_buffer);
            _buffer = grown;
        }

        (_start, _end) = (0, count);
    }

    private void ReturnBuffer()
    {
        if (_buffer is not { } buffer)
            return;

        _buffer = null;
        _start = _end = 0;
        _pool.Return(buffer);
    }

    private BitcoinProtocolException Truncated() => new(
        ProtocolViolation.Truncated,
        _header is { } header
            ? $"The stream ended after {_end - _start - FrameHeader.Size} of {header.PayloadLength} bytes of a message '{header.Command}'."
            : $"The stream ended after {_end - _start} of {FrameHeader.Size} bytes of a message's header.");
}
