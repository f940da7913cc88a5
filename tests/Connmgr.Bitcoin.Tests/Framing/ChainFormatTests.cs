using System.Buffers.Binary;

namespace Connmgr.Bitcoin.Tests;

/// <summary>Chains whose messages are longer than Bitcoin's, or have another checksum.</summary>
public sealed class ChainFormatTests
{
    private const int Long = 32 * 1024 * 1024;

    private static readonly ChainParameters Other = ChainParameters.Regtest with
    {
        Name = "other",
        MaxPayloadLength = Long,
        Checksum = static payload => 0xfeed_0000 ^ (uint)payload.Length ^ (payload.IsEmpty ? 0u : payload[^1]),
    };

    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_ALongMessageWithTheChainsChecksum_IsRead()
    {
        var payload = new byte[Long];
        new Random(1).NextBytes(payload);
        var written = new MemoryStream();
        await new FrameWriter(written, Other, maxBacklog: int.MaxValue).WriteAsync(MessageCommand.Block, payload, Ct);
        Assert.Equal(Other.Checksum!(payload), BinaryPrimitives.ReadUInt32LittleEndian(written.ToArray().AsSpan(20)));

        written.Position = 0;
        using var reader = new FrameReader(written, Other, _pool) { Interest = new(handled: null) };
        var message = await reader.ReadAsync(Ct);
        Assert.Equal((MessageCommand.Block, 0L), (message!.Value.Command, reader.MessagesIgnored));
        Assert.True(message.Value.Payload.Span.SequenceEqual(payload));
        reader.Dispose();
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task ReadAsync_AMessageWithBitcoinsChecksum_IsIgnored()
    {
        var stream = new MemoryStream([.. Frames.Of("ping", 1, 2, 3, 4, 5, 6, 7, 8)]);
        using var reader = new FrameReader(stream, Other, _pool);
        Assert.Null(await reader.ReadAsync(Ct));
        Assert.Equal((1, ProtocolViolation.BadChecksum), (reader.MessagesIgnored, reader.LastIgnored));
    }

    [Fact]
    public async Task ReadAsync_AnUnreadMessageThatArrivesInParts_IsDiscardedUnchecked()
    {
        var frame = new byte[FrameHeader.Size + 100_000];
        FrameHeader.Create(FrameHeader.GetMagic(Other), new("junk"), frame.AsSpan(FrameHeader.Size)).Write(frame);
        using var reader = new FrameReader(new MemoryStream(frame), Other, _pool) { Interest = new(handled: []) };
        Assert.Equal(new("junk"), (await reader.ReadAsync(Ct))!.Value.Command);
        Assert.False(reader.LastPlan.IsHandedOver);
        Assert.Equal(0, reader.MessagesIgnored);
    }

    [Fact]
    public async Task ReadAsync_LongerThanTheChainAllows_EndsTheStream()
    {
        var chain = Other with { MaxPayloadLength = 5000 };
        var written = new MemoryStream();
        await new FrameWriter(written, Other).WriteAsync(MessageCommand.Tx, new byte[5001], Ct);
        written.Position = 0;
        using var reader = new FrameReader(written, chain, _pool);
        var violation = await Assert.ThrowsAsync<BitcoinProtocolException>(() => reader.ReadAsync(Ct).AsTask());
        Assert.Equal(ProtocolViolation.MessageTooLarge, violation.Violation);
        Assert.Contains("5000 are allowed", violation.Message, StringComparison.Ordinal);

        var writer = new FrameWriter(new MemoryStream(), chain);
        Assert.Throws<ArgumentException>(() => writer.TryPost(MessageCommand.Tx, new byte[5001]));
        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(MessageCommand.Tx, new byte[5001], Ct).AsTask());
    }

    [Theory]
    [InlineData(1023)]
    [InlineData(0)]
    [InlineData((256 * 1024 * 1024) + 1)]
    [InlineData(int.MaxValue)]
    public void GetErrors_LengthOutOfRange_NamesIt(int length)
    {
        var chain = ChainParameters.Regtest with { MaxPayloadLength = length };
        var error = Assert.Single(new BitcoinPeerOptions { Chain = chain }.GetErrors());
        Assert.Contains(FormattableString.Invariant($"MaxPayloadLength of {length} bytes"), error, StringComparison.Ordinal);
        Assert.Contains(error, new PeerNetworkOptions { Chain = chain }.GetErrors(), StringComparer.Ordinal);
    }

    [Fact]
    public void GetErrors_ReceiveBudgetTooSmallForTheChain_NamesTheLeast()
    {
        const int Least = 3 * 64 * 1024 * 1024; // The charge for 32 MiB and a header is the next power of two.
        Assert.Empty(new BitcoinPeerOptions { Chain = Other, ReceiveBudget = Least }.GetErrors());
        var tooSmall = new BitcoinPeerOptions { Chain = Other, ReceiveBudget = Least - 1 };
        Assert.Contains($"use at least {Least} bytes", Assert.Single(tooSmall.GetErrors()), StringComparison.Ordinal);
        Assert.Contains(
            $"use at least {Least} bytes",
            Assert.Single(new PeerNetworkOptions { Chain = Other, Protocol = tooSmall }.GetErrors()),
            StringComparison.Ordinal);
        Assert.InRange(BitcoinPeerOptions.DefaultReceiveBudget(Other), Least, int.MaxValue);
    }
}
