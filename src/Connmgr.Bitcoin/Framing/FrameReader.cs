using System.Buffers;
using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Reads messages from a stream, however the bytes are split: of the v1 transport, or, within a <see cref="BitcoinPeer"/>, of the one that
/// the peers agreed on. Holds no buffer while it waits for a message to begin. Its buffer grows with the bytes that have arrived, never with
/// the length that a header claims. Not thread-safe: one read at a time.
/// </summary>
/// <remarks>
/// It may read beyond the end of a message, so read all further bytes of the stream through the same reader. It does not own the stream.
/// </remarks>
public sealed class FrameReader : IDisposable
{
    /// <summary>The size of the first buffer. Most messages fit, and several small ones take one read.</summary>
    internal const int InitialBufferSize = 4096;

    private readonly ReceiveBuffer _buffer;
    private readonly MessageIntake _intake = new();
    private readonly int _maxPayload;
    private FrameDecoder _decoder;

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
        _buffer = new(stream, pool ?? ReceiveBuffers.Instance);
        _decoder = new FrameV1Decoder(FrameFormat.FromChain(chain), _intake);
        _maxPayload = chain.MaxPayloadLength;
    }

    /// <summary>The number of bytes read from the stream. Thread-safe.</summary>
    public long BytesReceived => _buffer.BytesReceived;

    /// <summary>The interest, which decides how much of each message is kept. Do not change it while a message is arriving.</summary>
    internal MessageInterest Interest
    {
        get => _intake.Interest;
        set => _intake.Interest = value;
    }

    /// <summary>The callback that determines whether a request waits for a command; null if there are no requests. Must be quick.</summary>
    internal Func<MessageCommand, bool>? IsAwaited
    {
        set => _intake.IsAwaited = value;
    }

    /// <summary>The plan of the last message.</summary>
    internal MessagePlan LastPlan => _intake.LastPlan;

    /// <summary>The lease that pays for large messages; null if they cost nothing.</summary>
    internal ReceiveLease? Lease
    {
        get => _buffer.Lease;
        set => _buffer.Lease = value;
    }

    /// <summary>The pacer of messages that have no other pace; null to read them as fast as they arrive.</summary>
    internal ReadPacer? Pacer
    {
        set => _intake.Pacer = value;
    }

    /// <summary>The pauses in which the reader does not read; null if they are not measured.</summary>
    internal ReadPauses? ReadPauses
    {
        get => _buffer.ReadPauses;
        set => _buffer.ReadPauses = value;
    }

    /// <summary>
    /// The number of messages that were dropped because they break a rule that <see cref="MisbehaviorPolicy.GetResponse"/> ignores.
    /// Thread-safe.
    /// </summary>
    public long MessagesIgnored => _intake.Ignored;

    /// <summary>The rule that the last dropped message broke; null if none was dropped.</summary>
    internal ProtocolViolation? LastIgnored => _intake.LastIgnored;

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
        _buffer.DropHandedOut();
        while (true)
        {
            if (_intake.Pacer is { IsOwing: true } pacer)
                await pacer.SettleAsync(cancellationToken).ConfigureAwait(false);

            if (_decoder.TryTake(_buffer) is { } message)
                return message;

            if (_buffer.HasHandedOut)
                _buffer.DropHandedOut(); // Skips a message without a reader.
            else if (!await _buffer.FillAsync(_decoder.GetNeed(_buffer.Count), cancellationToken).ConfigureAwait(false))
                return _buffer.IsEmpty ? null : throw _decoder.CreateTruncated(_buffer.Count);
        }
    }

    /// <summary>Returns the buffer to the pool. The stream stays open.</summary>
    public void Dispose()
    {
        _buffer.Return();
        _decoder.Dispose();
    }

    /// <summary>
    /// Waits for more bytes before the first message, without a look at them. They stay <see cref="Unread"/> until they are decoded.
    /// </summary>
    /// <param name="count">The number of bytes that are needed, at most <see cref="InitialBufferSize"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the stream has ended.</returns>
    internal ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken) =>
        _buffer.FillAsync((count, count - _buffer.Count), cancellationToken);

    /// <summary>Reads packets of the v2 transport from here on.</summary>
    /// <param name="keys">The keys, whose opener the reader takes.</param>
    /// <param name="skipped">The number of bytes that have arrived before the packets.</param>
    internal PacketDecoder Decrypt(TransportKeys keys, int skipped)
    {
        var decoder = new PacketDecoder(keys, _intake, _maxPayload);
        _decoder.Dispose();
        _decoder = decoder;
        _buffer.HandOut(skipped);
        _buffer.DropHandedOut();
        return decoder;
    }

    /// <summary>The bytes that have arrived and belong to no message returned.</summary>
    internal ReadOnlySpan<byte> Unread => _buffer.Unread;

    /// <summary>Counts a message that is dropped, here or by the caller.</summary>
    internal void Ignore(ProtocolViolation violation) => _intake.Ignore(violation);

    /// <summary>Counts a message that the caller drops because of an exception, which costs more than to skip it.</summary>
    internal void Ignore(BitcoinProtocolException exception)
    {
        Ignore(exception.Violation);
        _intake.Pacer?.ChargeException();
    }

    /// <summary>Charges the last message, which was kept for a request, but was no answer.</summary>
    internal void ChargeUnawaited()
    {
        if (LastPlan.CostIfUnawaited > 0)
            _intake.Pacer?.Charge(LastPlan.CostIfUnawaited, LastPlan.Kept);
    }

    /// <summary>
    /// Gives the buffer with the last message away, so that its payload stays valid after the next read. The bytes after it stay here.
    /// </summary>
    internal DetachedBuffer Detach() => _buffer.Detach();
}
