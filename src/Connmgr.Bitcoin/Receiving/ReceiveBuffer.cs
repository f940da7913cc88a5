using System.Buffers;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The bytes of a stream that have arrived and are still needed. Holds no memory while there are none. Grows with the bytes that have
/// arrived, never with a length that the peer claims. Not thread-safe, except <see cref="BytesReceived"/>.
/// </summary>
internal sealed class ReceiveBuffer(Stream stream, ArrayPool<byte> pool)
{
    private byte[]? _buffer; // Null between messages, until the next one begins.
    private int _start; // The bytes from _start to _end have arrived and are still needed.
    private int _end;
    private int _handedOut; // The bytes after _start that the message returned last occupies. The next read drops them.
    private bool _isCharged; // True while the lease is charged for the buffer.
    private long _bytesReceived; // Read by any thread.

    /// <summary>The number of bytes read from the stream.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>The lease that pays for large messages; null if they cost nothing.</summary>
    public ReceiveLease? Lease { get; set; }

    /// <summary>The pauses in which the stream is not read; null if they are not measured.</summary>
    public ReadPauses? ReadPauses { get; set; }

    /// <summary>True when nothing has arrived that is still needed.</summary>
    public bool IsEmpty => _buffer is null;

    /// <summary>The number of bytes that have arrived and belong to no message handed out before.</summary>
    public int Count => _end - _start;

    /// <summary>The bytes that have arrived and belong to no message handed out before.</summary>
    public Span<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>True when a message was handed out, or skipped, and not dropped yet.</summary>
    public bool HasHandedOut => _handedOut > 0;

    /// <summary>Gets a part of the unread bytes.</summary>
    public ReadOnlyMemory<byte> GetMemory(int offset, int length) => _buffer.AsMemory(_start + offset, length);

    /// <summary>Marks the first bytes as a message that has arrived. They stay until <see cref="DropHandedOut"/>.</summary>
    public void HandOut(int count)
    {
        _handedOut = count;
        if (_isCharged)
            Lease!.MarkArrived();
    }

    /// <summary>Removes unread bytes, and closes the gap.</summary>
    public void Remove(int offset, int count)
    {
        var rest = Unread[(offset + count)..];
        rest.CopyTo(Unread[offset..]);
        _end -= count;
    }

    /// <summary>Drops the message that was handed out last.</summary>
    public void DropHandedOut()
    {
        _start += _handedOut;
        _handedOut = 0;
        if (_start == _end)
            Return();
    }

    /// <summary>Reads more bytes.</summary>
    /// <param name="need">The size of the buffer that the message needs in the end, and the number of its bytes that are missing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the stream has ended.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync((int Buffer, int Missing) need, CancellationToken cancellationToken)
    {
        if (_buffer is null)
        {
            // Waits without a buffer if the stream can do so. The read below decides.
            await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = pool.Rent(FrameReader.InitialBufferSize);
        }

        var (needed, missing) = need;
        if (GetGrownLength(needed) is { } length)
        {
            if (Lease is not null)
                await ChargeAsync(length, needed, cancellationToken).ConfigureAwait(false);
            Grow(length);
        }
        else if (_start + needed > _buffer.Length)
        {
            Compact();
        }

        var room = _buffer.AsMemory(_end);

        // Never beyond the end of a large message, so that its buffer is empty, and returned, once the message is handled.
        if (needed > FrameReader.InitialBufferSize)
            room = room[..Math.Min(room.Length, missing)];

        var read = await ReadOrReturnAsync(room, cancellationToken).ConfigureAwait(false);
        _end += read;
        Volatile.Write(ref _bytesReceived, _bytesReceived + read);
        return read > 0;
    }

    /// <summary>
    /// Gives the buffer with the last message away, so that its payload stays valid after the next read. The bytes after it stay here.
    /// </summary>
    public DetachedBuffer Detach()
    {
        var detached = new DetachedBuffer(pool, _buffer!, _isCharged ? Lease : null);
        var rest = _buffer.AsSpan(_start + _handedOut, _end - _start - _handedOut);
        var next = rest.IsEmpty ? null : pool.Rent(Math.Max(rest.Length, FrameReader.InitialBufferSize));
        rest.CopyTo(next);
        (_buffer, _start, _end, _handedOut) = (next, 0, rest.Length, 0);
        if (_isCharged)
            (_isCharged, Lease) = (false, Lease!.Renew());
        return detached;
    }

    /// <summary>Returns the memory to the pool, with all bytes in it.</summary>
    public void Return()
    {
        _handedOut = 0;
        if (_buffer is not { } buffer)
            return;

        _buffer = null;
        _start = _end = 0;
        pool.Return(buffer);
        if (!_isCharged)
            return;

        _isCharged = false;
        Lease!.Release();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOrReturnAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        var read = 0;
        try
        {
            read = await stream.ReadAsync(room, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (read == 0 && _start == _end)
                Return();
        }

        return read;
    }

    /// <summary>
    /// Charges the lease for a larger buffer before it is rented. The first buffer is free; otherwise a peer that waits would delay small
    /// messages too.
    /// </summary>
    private async ValueTask ChargeAsync(int length, int needed, CancellationToken cancellationToken)
    {
        _isCharged = true;
        ReadPauses?.Begin(); // Begins before others can see that this reader waits, so that all of the wait counts.
        try
        {
            var (held, need) = (ReceiveBudget.GetCharge(length), ReceiveBudget.GetCharge(needed));
            await Lease!.GrowAsync(held, need, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ReadPauses?.End();
        }
    }

    /// <summary>Computes the length of the next larger buffer; null while the current one has room.</summary>
    private int? GetGrownLength(int needed) =>
        _end - _start == _buffer!.Length && needed > _buffer.Length ? Math.Min(needed, 2 * _buffer.Length) : null;

    private void Grow(int length)
    {
        var grown = pool.Rent(length);
        var count = _end - _start;
        _buffer.AsSpan(_start, count).CopyTo(grown);
        pool.Return(_buffer!);
        _buffer = grown;
        (_start, _end) = (0, count);
    }

    private void Compact()
    {
        var count = _end - _start;
        _buffer.AsSpan(_start, count).CopyTo(_buffer);
        (_start, _end) = (0, count);
    }
}
