namespace Connmgr.Bitcoin;

/// <summary>A connection after its handshake, for the code that leads the conversation.</summary>
/// <param name="traffic">The counts of bytes.</param>
/// <param name="holder">Ends the conversation to free memory, once <see cref="MemoryHolder.HandOver"/> was called.</param>
/// <param name="reader">The reader of its messages.</param>
/// <param name="writer">The writer of its messages.</param>
/// <param name="lifetime">The source of the token of its writes.</param>
/// <param name="result">The result of the handshake.</param>
/// <param name="transport">The transport.</param>
internal sealed class HandshakeSession(
    TrafficTally traffic, MemoryHolder holder, FrameReader reader, FrameWriter writer, CancellationTokenSource lifetime, HandshakeResult result, AgreedTransport transport)
    : IAsyncDisposable
{
    public MemoryHolder Holder { get; } = holder;

    public FrameReader Reader { get; } = reader;

    public FrameWriter Writer { get; } = writer;

    public CancellationTokenSource Lifetime { get; } = lifetime;

    public HandshakeResult Result { get; } = result;

    public AgreedTransport Transport { get; } = transport;

    /// <summary>Ends a conversation that no <see cref="BitcoinPeer"/> leads. The stream stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        await Lifetime.CancelAsync().ConfigureAwait(false); // Ends a write whose caller has stopped waiting for it.
        await Writer.DetachedWrites.ConfigureAwait(false);
        Writer.Wipe();
        Reader.Dispose();
        traffic.Add(Reader.BytesReceived, Writer.BytesSent);
    }
}
