using System.Buffers.Binary;
using CsCheck;

namespace Connmgr.Bitcoin.Tests;

public sealed class FrameReaderTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_AnySizesOneByteAtATime_GivesAllMessages()
    {
        int[] sizes = [0, 1, 100, 4071, 4072, 4073, 5000, 9000, 0];
        var stream = new FakeStream();
        foreach (var size in sizes)
        {
            foreach (var value in Frames.Of("data", Content(size)))
                stream.Feed(value);
        }

        stream.End();
        using var reader = new FrameReader(stream, Frames.Chain, _pool);
        foreach (var size in sizes)
        {
            var message = await reader.ReadAsync(Ct);
            Assert.Equal("data", message!.Value.Command.ToString());
            Assert.Equal(Content(size), message.Value.Payload.ToArray());
        }

        Assert.Null(await reader.ReadAsync(Ct));
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task ReadAsync_SeveralSmallMessagesAtOnce_CostOneRead()
    {
        var stream = new FakeStream().Feed([.. Frames.Of("a"), .. Frames.Of("b", 1, 2, 3), .. Frames.Of("c")]);
        using var reader = new FrameReader(stream, Frames.Chain, _pool);
        foreach (var name in new[] { "a", "b", "c" })
            Assert.Equal(name, (await reader.ReadAsync(Ct))!.Value.Command.ToString());

        Assert.Equal(1, stream.Reads);
        Assert.Equal((3 * FrameHeader.Size) + 3, reader.BytesReceived);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadAsync_Idle_HoldsNoBuffer(bool zeroByteReadsReturnAtOnce)
    {
        var stream = new FakeStream { ZeroByteReadsReturnAtOnce = zeroByteReadsReturnAtOnce }.Feed(Frames.Of("a", Content(20_000)));
        using var reader = new FrameReader(stream, Frames.Chain, _pool);
        await reader.ReadAsync(Ct);
        Assert.True(_pool.RentedBytes > 20_000);

        using var cancel = new CancellationTokenSource();
        var idle = reader.ReadAsync(cancel.Token).AsTask();
        Assert.False(idle.IsCompleted);

        // A stream that cannot wait with a zero-byte read costs the smallest buffer, no more.
        Assert.Equal(zeroByteReadsReturnAtOnce ? FrameReader.InitialBufferSize : 0, _pool.RentedBytes);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => idle);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task ReadAsync_LengthClaim_TakesNoBufferForIt()
    {
        var header = Frames.Of("block");
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), FrameHeader.MaxPayloadLength);
        var stream = new FakeStream().Feed([.. header, .. Content(10)]);
        using var reader = new FrameReader(stream, Frames.Chain, _pool);
        var pending = reader.ReadAsync(Ct).AsTask();
        Assert.False(pending.IsCompleted);
        Assert.Equal(FrameReader.InitialBufferSize, _pool.Peak);

        stream.End();
        Assert.Equal(ProtocolViolation.Truncated, (await Assert.ThrowsAsync<BitcoinProtocolException>(() => pending)).Violation);
    }

    [Fact]
    public async Task ReadAsync_BytesArriving_BufferGrowsWithThem()
    {
        var frame = Frames.Of("block", Content(FrameHeader.MaxPayloadLength));
        var stream = new FakeStream();
        using var reader = new FrameReader(stream, Frames.Chain, _pool);
        var pending = reader.ReadAsync(Ct).AsTask();
        var fed = 0;
        foreach (var chunk in frame.Chunk(50_000))
        {
            stream.Feed(chunk);
            fed += chunk.Length;

            // The old one and the new, twice as large, for a moment.
            Assert.InRange(_pool.RentedBytes, 0, 3L * (fed + FrameReader.InitialBufferSize));
        }

        var message = await pending;
        Assert.Equal(FrameHeader.MaxPayloadLength, message!.Value.Payload.Length);
        Assert.InRange(_pool.Peak, frame.Length, 2 * frame.Length);
    }

    [Fact]
    public async Task ReadAsync_TooLarge_EndsBeforeItsPayload()
    {
        var header = Frames.Of("block");
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), FrameHeader.MaxPayloadLength + 1);
        using var reader = new FrameReader(new FakeStream().Feed(header), Frames.Chain, _pool);
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(() => reader.ReadAsync(Ct).AsTask());
        Assert.Equal(ProtocolViolation.MessageTooLarge, e.Violation);
        Assert.Equal(FrameReader.InitialBufferSize, _pool.Peak);
    }

    [Fact]
    public async Task ReadAsync_BadChecksumOrCommand_IsPassedOverAndCounted()
    {
        var changed = Frames.Of("tx", Content(9000));
        changed[^1] ^= 1;
        var command = Frames.Of("tx", Content(300));
        command[9] = (byte)'x'; // After the NUL.
        var stream = new FakeStream().Feed([.. changed, .. Frames.Of("a"), .. command, .. changed, .. Frames.Of("b")]).End();
        using var reader = new FrameReader(stream, Frames.Chain, _pool);

        Assert.Equal("a", (await reader.ReadAsync(Ct))!.Value.Command.ToString());
        Assert.Equal((1, ProtocolViolation.BadChecksum), (reader.MessagesIgnored, reader.LastIgnored));
        Assert.Equal("b", (await reader.ReadAsync(Ct))!.Value.Command.ToString());
        Assert.Equal((3, ProtocolViolation.BadChecksum), (reader.MessagesIgnored, reader.LastIgnored));
        Assert.Null(await reader.ReadAsync(Ct));
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task ReadAsync_StreamEndsAtEachByte_IsTruncatedWithinAMessageAlone()
    {
        byte[] bytes = [.. Frames.Of("a", 1, 2, 3), .. Frames.Of("b")];
        int[] boundaries = [0, 27, 51];
        for (var length = 0; length <= bytes.Length; length++)
        {
            using var reader = new FrameReader(new FakeStream().Feed(bytes.AsSpan(0, length)).End(), Frames.Chain, _pool);
            var end = await Record.ExceptionAsync(async () =>
            {
                while (await reader.ReadAsync(Ct) is not null)
                {
                }
            });
            if (boundaries.Contains(length))
                Assert.Null(end);
            else
                Assert.Equal(ProtocolViolation.Truncated, Assert.IsType<BitcoinProtocolException>(end).Violation);
        }

        Assert.Equal(0, _pool.RentedBytes);
    }

    /// <summary>
    /// Tries parts to keep and ways to split messages: each message is returned and verified, and nothing more is buffered.
    /// </summary>
    [Fact]
    public async Task ReadAsync_AnyPartIsKept_GivesThatPartOfEachMessage()
    {
        int[] kept = [0, 8, 1000, 9000, int.MaxValue];
        var message = Gen.Select(Gen.Int[0, kept.Length - 1], Gen.Frequency((3, Gen.Int[0, 200]), (1, Gen.Int[0, 20_000])));
        await Gen.Select(message.Array[1, 10], Gen.Int[20, 9000]).SampleAsync(
            async (messages, chunkSize) =>
            {
                var interest = new MessageInterest([new("m4")]);
                for (var i = 1; i < 4; i++)
                    interest.Share(new($"m{i}"), kept[i]);
                var stream = new FakeStream();
                foreach (var chunk in messages.SelectMany(m => Frames.Of($"m{m.Item1}", Content(m.Item2))).Chunk(chunkSize))
                    stream.Feed(chunk);
                stream.End();
                using var reader = new FrameReader(stream, Frames.Chain, _pool) { Interest = interest };
                foreach (var (kind, size) in messages)
                {
                    var read = (await reader.ReadAsync(Ct))!.Value;
                    Assert.Equal($"m{kind}", read.Command.ToString());
                    Assert.Equal(Content(size)[..Math.Min(size, kept[kind])], read.Payload.ToArray());
                    Assert.Equal(kind switch { 0 => MessageReader.None, 4 => MessageReader.Handler, _ => MessageReader.Library }, reader.LastPlan.Reader);
                }

                Assert.Null(await reader.ReadAsync(Ct));
                Assert.Equal(messages.Sum(m => FrameHeader.Size + m.Item2), reader.BytesReceived);
                Assert.Equal(0, _pool.RentedBytes);
            },
            iter: 200, threads: 1);
    }

    [Fact]
    public async Task ReadAsync_NobodyReadsIt_TakesNoMoreThanTheFirstBuffer()
    {
        var stream = new FakeStream();
        foreach (var chunk in Frames.Of("junk", Content(FrameHeader.MaxPayloadLength)).Concat(Frames.Of("ping", Content(8))).Chunk(100_000))
            stream.Feed(chunk);
        using var reader = new FrameReader(stream, Frames.Chain, _pool) { Interest = MessageInterest.Handshake };
        Assert.Equal("junk", (await reader.ReadAsync(Ct))!.Value.Command.ToString());
        Assert.Equal(Content(8), (await reader.ReadAsync(Ct))!.Value.Payload.ToArray());
        Assert.Equal(FrameReader.InitialBufferSize, _pool.Peak);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task ReadAsync_DiscardedPayloadChanged_IsPassedOverAsBadChecksum(int size)
    {
        var frame = Frames.Of("junk", Content(size));
        frame[^1] ^= 1;
        using var reader = new FrameReader(new FakeStream().Feed(frame).End(), Frames.Chain, _pool) { Interest = MessageInterest.Handshake };
        Assert.Null(await reader.ReadAsync(Ct));
        Assert.Equal((1, ProtocolViolation.BadChecksum), (reader.MessagesIgnored, reader.LastIgnored));
    }

    [Fact]
    public async Task ReadAsync_DiscardedPayloadCutShort_IsTruncatedAndSaysWhere()
    {
        var frame = Frames.Of("junk", Content(100_000));
        using var reader = new FrameReader(new FakeStream().Feed(frame.AsSpan(0, 50_024).ToArray()).End(), Frames.Chain, _pool) { Interest = MessageInterest.Handshake };
        var e = await Assert.ThrowsAsync<BitcoinProtocolException>(() => reader.ReadAsync(Ct).AsTask());
        Assert.Equal("The stream ended after 50000 of 100000 bytes of a message 'junk'.", e.Message);
    }

    [Fact]
    public async Task ReadAsync_MessageThatBitcoinCoreIgnores_IsPassedOver()
    {
        var stream = new FakeStream().Feed([.. Frames.Of("inv", 0xfe, 0xff, 0xff, 0xff, 0x7f), .. Frames.Of("tx", 1)]).End();
        using var reader = new FrameReader(stream, Frames.Chain, _pool) { Interest = new(null) };
        Assert.Equal("tx", (await reader.ReadAsync(Ct))!.Value.Command.ToString());
        Assert.Null(await reader.ReadAsync(Ct));
    }

    [Fact]
    public async Task ReadAsync_BytesAfterWhatACommandCanHold_AreNotKept()
    {
        byte[] payload = [0xfd, 0x50, 0xc3, .. Content((50_000 * 36) + 500_000)];
        using var reader = new FrameReader(new FakeStream().Feed(Frames.Of("inv", payload)), Frames.Chain, _pool) { Interest = new(null) };
        var read = (await reader.ReadAsync(Ct))!.Value;
        Assert.Equal(payload[..(3 + (50_000 * 36))], read.Payload.ToArray());
    }

    private static byte[] Content(int size)
    {
        var content = new byte[size];
        for (var i = 0; i < size; i++)
            content[i] = (byte)((i * 31) + (i >> 8));

        return content;
    }
}
