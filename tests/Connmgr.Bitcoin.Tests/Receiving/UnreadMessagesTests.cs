using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class UnreadMessagesTests
{
    private readonly CountingPool _pool = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _handed = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_CommandsAreNamed_HandsOverThoseAloneAndBuffersNoOthers()
    {
        var (bitcoin, peer, stream) = await ConnectAsync(MessageCommand.Addr, new("inv"));
        stream.Feed([.. Frames.Of("junk", new byte[5000]), .. Frames.Of("inv", 0), .. Frames.Of("block", new byte[1_000_000]), .. Frames.Of("addr", 0)]).End();
        await peer.RunAsync(OnMessageAsync, Ct);
        Assert.Equal(["inv 1", "addr 1"], _handed);
        Assert.Equal((2L, 1_005_000L), (bitcoin.Received.DiscardedMessages, bitcoin.Received.DiscardedBytes));
        Assert.InRange(_pool.Peak, FrameReader.InitialBufferSize, FrameReader.InitialBufferSize + 1024); // And a ping to the peer.
    }

    [Theory]
    [InlineData("junk", 24)]
    [InlineData("ping", 8 * 24)]
    public async Task RunAsync_MoreThanAnybodyReads_IsReadAtABoundedPace(string command, int bytesPerToken)
    {
        const int messages = 100_000;
        var (bitcoin, peer, stream) = await ConnectAsync();
        var flood = Frames.Of(command, new byte[command is "ping" ? 8 : 0]);
        stream.Feed([.. Enumerable.Repeat(flood, messages).SelectMany(frame => frame)]);
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        await WaitedAsync(bitcoin);
        var read = peer.BytesReceived;
        Assert.InRange(read, 1, 2 * (SharedPace.PerSecond + PeerPace.OwnBurst + PeerPace.Batch) * (bytesPerToken / 24 * flood.Length));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(1, bitcoin.Received.SlowedPeers);
    }

    /// <summary>Checks that an exception costs more than a message that is dropped at once.</summary>
    [Fact]
    public async Task RunAsync_HandlerDropsManyByAnException_AreReadAtABoundedPace()
    {
        const int messages = 10_000;
        var (bitcoin, peer, stream) = await ConnectAsync(new MessageCommand("odd"));
        stream.Feed([.. Enumerable.Repeat(Frames.Of("odd"), messages).SelectMany(frame => frame)]);
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync((_, _, _) => throw new BitcoinProtocolException(ProtocolViolation.BadPayload, "It is odd."), cancel.Token);
        await WaitedAsync(bitcoin);
        Assert.InRange(peer.MessagesIgnored, 1000, 1500);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task RunAsync_BadChecksumsOfWhatTheHandlerReads_AreReadAtABoundedPace(int size)
    {
        var (bitcoin, peer, stream) = await ConnectAsync(new MessageCommand("block"));
        var bad = Frames.Of("block", new byte[size]);
        bad[^1] ^= 1;
        for (var sent = 0; sent < 60_000_000; sent += 1000 * 1024)
            stream.Feed([.. Enumerable.Repeat(bad, Math.Max(1, 1000 * 1024 / size)).SelectMany(frame => frame)]);
        using var cancel = new CancellationTokenSource();
        var run = peer.RunAsync(OnMessageAsync, cancel.Token);
        await WaitedAsync(bitcoin);
        Assert.InRange(peer.MessagesIgnored, 10, 22_000);
        Assert.Empty(_handed);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_MessagesOfTheHandler_AreNotSlowed()
    {
        const int messages = 100_000;
        var (bitcoin, peer, stream) = await ConnectAsync(new MessageCommand("block"));
        stream.Feed([.. Enumerable.Repeat(Frames.Of("block", new byte[100]), messages).SelectMany(frame => frame)]).End();
        await peer.RunAsync(OnMessageAsync, Ct);
        Assert.Equal(messages, _handed.Count);
        Assert.Equal(0, bitcoin.Received.SlowedPeers);
    }

    private async Task<(BitcoinProtocol Bitcoin, BitcoinPeer Peer, FakeStream Stream)> ConnectAsync(params MessageCommand[] commands)
    {
        var bitcoin = new BitcoinProtocol(new() { Chain = Frames.Chain, BufferPool = _pool, TimeProvider = _time, MessageCommands = commands });
        var stream = new FakeStream().Feed(Frames.Handshake());
        return (bitcoin, await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct), stream);
    }

    private ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        _handed.Add($"{message.Command} {message.Payload.Length}");
        return default;
    }

    private static Task WaitedAsync(BitcoinProtocol bitcoin) => Eventually.TrueAsync(() => bitcoin.Received.SlowedPeers > 0);
}
