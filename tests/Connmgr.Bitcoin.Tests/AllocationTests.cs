#if !DEBUG // In a debug build each call of an async method allocates.
namespace Connmgr.Bitcoin.Tests;

public sealed class AllocationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FrameReader_SmallMessagesThatAreThere_AllocateNothing()
    {
        var ping = Frames.Nonce("ping", 1);
        var stream = new MemoryStream([.. Enumerable.Repeat(ping, 10_000).SelectMany(b => b)]);
        using var reader = new FrameReader(stream, Frames.Chain);

        var allocated = await Allocations.LeastAsync(async () =>
        {
            for (var i = 0; i < 400; i++)
                await reader.ReadAsync(Ct);
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task FrameWriter_ToAReadyStream_AllocatesNothing()
    {
        var writer = new FrameWriter(Stream.Null, Frames.Chain);
        var payload = new byte[8];

        var allocated = await Allocations.LeastAsync(async () =>
        {
            for (var i = 0; i < 100; i++)
                await writer.WriteAsync(MessageCommand.Pong, payload, Ct);
        });

        Assert.Equal(0, allocated);
    }

    /// <summary>Runs a whole peer: 100 answered pings and 100 messages handed over cause no allocation.</summary>
    [Fact]
    public async Task BitcoinPeer_PingsAndMessages_AllocateNothing()
    {
        byte[] traffic = [.. Frames.Nonce("ping", 1), .. Frames.Of("inv", new byte[37])];
        var bitcoin = new BitcoinProtocol(new() { Chain = Frames.Chain });
        var stream = new ReplayStream([.. Frames.Handshake(), .. Enumerable.Repeat(traffic, 2000).SelectMany(b => b)]);
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        var (messages, thread, before, least) = (0, 0, 0L, long.MaxValue);
        await peer.RunAsync(
            (_, _, _) =>
            {
                // The stream never waits, so all of it runs on one thread, unless our own first ping comes in between.
                if (messages++ % 100 == 0)
                {
                    var now = GC.GetAllocatedBytesForCurrentThread();
                    if (thread == Environment.CurrentManagedThreadId)
                        least = Math.Min(least, now - before);

                    (thread, before) = (Environment.CurrentManagedThreadId, now);
                }

                return default;
            },
            Ct);

        Assert.Equal(2000, messages);
        Assert.Equal(0, least);
    }

    /// <summary>Gives its bytes and takes any.</summary>
    private sealed class ReplayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
#endif
