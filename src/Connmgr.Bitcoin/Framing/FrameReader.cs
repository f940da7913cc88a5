using System.Buffers;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Reads messages of the v1 transport from a stream, however the bytes are split. Holds no buffer while it waits for a message to begin.
/// Its buffer grows with the bytes that have arrived, never with the length that a header claims. Not thread-safe: one read at a time.
/// </summary>
/// <remarks>
/// It may read beyond the end of a message, so read all further bytes of the stream through the same reader. It does not own the stream.
/// </remarks>
public sealed class FrameReader : IDisposable
{
    /// <summary>The size of the first buffer. Most messages fit, and several small ones take one read.</summary>
    internal const int InitialBufferSize = 4096;

    /// <summary>The least room for the part of a payload that is not kept, after the part that is kept.</summary>
    private const int DiscardSize = 1024;

    private readonly Stream _stream;
    private readonly FrameFormat _format;
    private readonly ArrayPool<byte> _pool;
    private readonly PayloadDiscarder _discarder = new();
    private byte[]? _buffer; // Null between messages, until the next one begins.
    private int _start; // The bytes from _start to _end have arrived and are still needed.
    private int _end;
    private int _handedOut; // The bytes after _start that the message returned last occupies. The next read drops them.
    private FrameHeader? _header; // The header of the message that is arriving; null until it has arrived.
    private bool _isCharged; // True while the lease is charged for the buffer.

    // Written by the reader, read by any thread.
    private long _bytesReceived;
    private long _ignored; // The messages dropped because they break a rule.
    private ProtocolViolation _lastIgnored; // Written before _ignored counts it.

    /// <summary>Creates a reader.</summary>
    /// <param name="stream">The source of bytes. A zero-byte read should wait for data; one that returns at once does no harm.</param>
    /// <param name="chain">The chain whose magic, length and checksum the messages must have.</param>
    /// <param name="pool">
    /// The pool of buffers. The default keeps at most 16 MiB of large buffers, so that a burst of large messages does not occupy memory
    /// afterwards.
    /// </param>
    public FrameReader(Stream stream, ChainParameters chain, ArrayPool<byte>? pool = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _format = FrameFormat.FromChain(chain);
        _pool = pool ?? ReceiveBuffers.Instance;
    }

    /// <summary>The number of bytes read from the stream. Thread-safe.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>The interest, which decides how much of each message is kept. Do not change it while a message is arriving.</summary>
    internal MessageInterest Interest { get; set; } = MessageInterest.Everything;

    /// <summary>The callback that determines whether a request waits for a command; null if there are no requests. Must be quick.</summary>
    internal Func<MessageCommand, bool>? IsAwaited { get; set; }

    /// <summary>The plan of the last message.</summary>
    internal MessagePlan LastPlan { get; private set; }

    /// <summary>The lease that pays for large messages; null if they cost nothing.</summary>
    internal ReceiveLease? Lease { get; set; }

    /// <summary>The pacer of messages that have no other pace; null to read them as fast as they arrive.</summary>
    internal ReadPacer? Pacer { get; set; }

    /// <summary>The pauses in which the reader does not read; null if they are not measured.</summary>
    internal ReadPauses? ReadPauses { get; set; }

    /// <summary>
    /// The number of messages that were dropped because they break a rule that <see cref="MisbehaviorPolicy.GetResponse"/> ignores.
    /// Thread-safe.
    /// </summary>
    public long MessagesIgnored => Volatile.Read(ref _ignored);

    /// <summary>The rule that the last dropped message broke; null if none was dropped.</summary>
    internal ProtocolViolation? LastIgnored => MessagesIgnored == 0 ? null : _lastIgnored;

    /// <summary>
    /// Reads the next message. Its payload is valid until the next call and until <see cref="Dispose"/>. Messages with a bad command or
    /// checksum are skipped, as in Bitcoin Core.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait. The reader can then be used again if the stream can.</param>
    /// <returns>The message; null if the stream has ended between two messages.</returns>
    /// <exception cref="BitcoinProtocolException">
    /// The magic is wrong, or the message is too large or truncated. The stream can't be used any more.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BitcoinMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DropHandedOut();
        while (true)
        {
            if (Pacer is { IsOwing: true } pacer)
                await pacer.SettleAsync(cancellationToken).ConfigureAwait(false);

            if (TryTake() is { } message)
                return message;

            if (_handedOut > 0)
                DropHandedOut(); // Skips a message without a reader.
            else if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return _buffer is null ? null : throw Truncated();
        }
    }

    /// <summary>Returns the buffer to the pool. The stream stays open.</summary>
    public void Dispose()
    {
        _start = _end = _handedOut = 0;
        _header = null;
        ReturnBuffer();
        _discarder.Dispose();
    }

    /// <summary>The bytes that have arrived and belong to no message returned.</summary>
    internal ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Counts a message that is dropped, here or by the caller.</summary>
    internal void Ignore(ProtocolViolation violation)
    {
        _lastIgnored = violation;
        Volatile.Write(ref _ignored, _ignored + 1);
    }

    /// <summary>Counts a message that the caller drops because of an exception, which costs more than to skip it.</summary>
    internal void Ignore(BitcoinProtocolException exception)
    {
        Ignore(exception.Violation);
        Pacer?.ChargeException();
    }

    /// <summary>Charges the last message, which was kept for a request, but was no answer.</summary>
    internal void ChargeUnawaited()
    {
        if (LastPlan.CostIfUnawaited > 0)
            Pacer?.Charge(LastPlan.CostIfUnawaited, LastPlan.Kept);
    }

    /// <summary>
    /// Gives the buffer with the last message away, so that its payload stays valid after the next read. The bytes after it stay here.
    /// </summary>
    internal DetachedBuffer Detach()
    {
        var detached = new DetachedBuffer(_pool, _buffer!, _isCharged ? Lease : null);
        var rest = _buffer.AsSpan(_start + _handedOut, _end - _start - _handedOut);
        var next = rest.IsEmpty ? null : _pool.Rent(Math.Max(rest.Length, InitialBufferSize));
        rest.CopyTo(next);
        (_buffer, _start, _end, _handedOut) = (next, 0, rest.Length, 0);
        if (_isCharged)
            (_isCharged, Lease) = (false, Lease!.Renew());
        return detached;
    }

    private void DropHandedOut()
    {
        _start += _handedOut;
        _handedOut = 0;
        if (_start == _end)
            ReturnBuffer();
    }

    /// <summary>Takes the next message if it has arrived.</summary>
    /// <returns>Null if it has not arrived, or is to be skipped; the latter counts as handed out.</returns>
    private BitcoinMessage? TryTake()
    {
        if (_header is null && _end - _start >= FrameHeader.Size)
            Begin();
        else if (_header is null)
            FrameHeader.RequireMagic(Unread, _format.Magic);

        if (_header is not { } header)
            return null;

        var count = _end - _start - FrameHeader.Size;
        var isWhole = !_discarder.IsActive && count >= header.PayloadLength;
        if (!isWhole && (LastPlan.Kept == header.PayloadLength || count < LastPlan.Kept || !Discard(header)))
            return null;

        if (isWhole)
            Pacer?.Charge(LastPlan, header.PayloadLength - LastPlan.Kept);
        var isIntact = isWhole
            ? header.Matches(_buffer.AsSpan(_start + FrameHeader.Size, header.PayloadLength), _format)
            : _discarder.Finish() == header.Checksum || _format.Checksum is not null; // Only Bitcoin's checksum is computed in parts.
        _header = null;
        _handedOut = FrameHeader.Size + (isWhole ? header.PayloadLength : LastPlan.Kept);
        if (_isCharged)
            Lease!.MarkArrived();
        var kept = _buffer.AsMemory(_start + FrameHeader.Size, LastPlan.Kept);
        if (header.Command.IsEmpty)
            PassOver(header, ProtocolViolation.BadCommand);
        else if (!isIntact)
            PassOver(header, ProtocolViolation.BadChecksum);
        else if (!Interest.Accepts(header, LastPlan, kept.Span))
            PassOver(header, ProtocolViolation.BadPayload);
        else
            return new(header.Command, kept) { IsPart = LastPlan.IsPart };

        return null;
    }

    private void Begin()
    {
        var header = FrameHeader.ReadAnyCommand(_buffer.AsSpan(_start), _format);
        LastPlan = Interest.GetPlan(header);
        if (IsAwaited?.Invoke(header.Command) == true)
            LastPlan = MessageInterest.GetAwaitedPlan(header, LastPlan);
        _header = header;
        Pacer?.Begin(header, LastPlan);
    }

    private void PassOver(in FrameHeader header, ProtocolViolation violation)
    {
        Ignore(violation);
        Pacer?.PassOver(header, LastPlan);
    }

    /// <summary>Takes the arrived bytes of the part that is not kept, and closes the gap.</summary>
    /// <returns>True if the part is complete.</returns>
    private bool Discard(in FrameHeader header)
    {
        if (!_discarder.IsActive)
            _discarder.Begin(_buffer.AsSpan(_start + FrameHeader.Size, LastPlan.Kept), header.PayloadLength - LastPlan.Kept);

        var tail = _buffer.AsSpan(_start + FrameHeader.Size + LastPlan.Kept, _end - _start - FrameHeader.Size - LastPlan.Kept);
        var taken = _discarder.Take(tail);
        Pacer?.Charge(LastPlan, taken);
        tail[taken..].CopyTo(tail);
        _end -= taken;
        return _discarder.Left == 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_buffer is null)
        {
            // Waits without a buffer if the stream can do so. The read below decides.
            await _stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = _pool.Rent(InitialBufferSize);
        }

        var (needed, missing) = Needed();
        if (GrownLength(needed) is { } length)
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
        if (needed > InitialBufferSize)
            room = room[..Math.Min(room.Length, missing)];

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

    /// <summary>
    /// Computes the size of the buffer that the current message needs in the end, and the number of its bytes that are missing.
    /// </summary>
    private (int Buffer, int Missing) Needed()
    {
        var count = _end - _start;
        if (_header is not { } header)
            return (FrameHeader.Size, FrameHeader.Size - count);

        var kept = FrameHeader.Size + LastPlan.Kept;
        var tail = _discarder.IsActive ? _discarder.Left : header.PayloadLength - LastPlan.Kept;
        return (kept + Math.Min(tail, Math.Max(InitialBufferSize - kept, DiscardSize)), kept + tail - count);
    }

    /// <summary>Computes the length of the next larger buffer; null while the current one has room.</summary>
    private int? GrownLength(int needed) =>
        _end - _start == _buffer!.Length && needed > _buffer.Length ? Math.Min(needed, 2 * _buffer.Length) : null;

    private void Grow(int length)
    {
        var grown = _pool.Rent(length);
        var count = _end - _start;
        _buffer.AsSpan(_start, count).CopyTo(grown);
        _pool.Return(_buffer!);
        _buffer = grown;
        (_start, _end) = (0, count);
    }

    private void Compact()
    {
        var count = _end - _start;
        _buffer.AsSpan(_start, count).CopyTo(_buffer);
        (_start, _end) = (0, count);
    }

    private void ReturnBuffer()
    {
        if (_buffer is not { } buffer)
            return;

        _buffer = null;
        _start = _end = 0;
        _pool.Return(buffer);
        if (!_isCharged)
            return;

        _isCharged = false;
        Lease!.Release();
    }

    private BitcoinProtocolException Truncated() => new(
        ProtocolViolation.Truncated,
        _header is { } header
            ? Invariant($"The stream ended after {header.PayloadLength - Needed().Missing} of {header.PayloadLength} bytes of a message '{header.Command}'.")
            : Invariant($"The stream ended after {_end - _start} of {FrameHeader.Size} bytes of a message's header."));
}
