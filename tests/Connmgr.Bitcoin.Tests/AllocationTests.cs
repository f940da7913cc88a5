#if !DEBUG // In a debug build each call of an async method allocates.
namespace Connmgr.Bitcoin.Tests;

public sealed class AllocationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FrameReader_SmallMessagesThatAreThere_AllocateNothing()
    {
        var ping = Frames.Nonce("ping", 1);
        var stream = new MemoryStream([.. Enumerable.Repeat(ping, 1000).SelectMany(b => b)]);
        using var reader = new FrameReader(stream, Frames.Chain);
        for (var i = 0; i < 500; i++)
            await reader.ReadAsync(Ct);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 500; i++)
            await reader.ReadAsync(Ct);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task FrameWriter_ToAReadyStream_AllocatesNothing()
    {
        var writer = new FrameWriter(Stream.Null, Frames.Chain);
        var payload = new byte[8];
        for (var i = 0; i < 100; i++)
            await writer.WriteAsync(MessageCommand.Pong, payload, Ct);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            await writer.WriteAsync(MessageCommand.Pong, payload, Ct);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A whole peer: 900 pings answered, 900 messages handed over.</summary>
    [Fact]
    public async Task BitcoinPeer_PingsAndMessages_AllocateNothing()
    {
        byte[] traffic = [.. Frames.Nonce("ping", 1), .. Frames.Of("inv", new byte[37])];
        var bitcoin = new BitcoinProtocol(new() { Chain = Frames.Chain });
        var stream = new ReplayStream([.. Frames.Handshake(), .. Enumerable.Repeat(traffic, 1000).SelectMany(b => b)]);
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        var (messages, before, allocated) = (0, 0L, 0L);
        await peer.RunAsync(
            (_, _, _) =>
            {
                // All of it runs on this thread, since the stream never waits.
                messages++;
                if (messages == 100)
                    before = GC.GetAllocatedBytesForCurrentThread();
                else if (messages == 1000)
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;

                return default;
            },
            Ct);

        Assert.Equal(1000, messages);
        Assert.Equal(0, allocated);
    }

    /// <summary>Gives its bytes and takes any.</summary>
    private sealed class ReplayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
#endif
