using CsCheck;

namespace Connmgr.Bitcoin.Tests;

/// <summary>A reader of the encrypted transport, fed with what the other side sends.</summary>
public sealed class PacketDecoderTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Garbage of any length, decoys anywhere, both forms of commands, lengths over several keys, bytes in any pieces.</summary>
    [Fact]
    public async Task Reader_AnySplit_GarbageAndDecoys_GivesTheSameMessages()
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        var message = Gen.Select(Gen.Int[0, 5], Gen.Frequency((20, Gen.Int[0, 40]), (1, Gen.Int[4000, 20_000])));
        await Gen.Select(Gen.Int[0, PacketFormat.MaxGarbage], message.List[0, 600], Gen.Int[0, 30].List[0, 3], Gen.Int[1, 5000].List[1, 40]).SampleAsync(
            async (garbage, messages, early, pieces) =>
            {
                var (stream, keys) = PacketStream.Create(garbage);
                foreach (var decoy in early)
                    stream.Decoy(decoy);
                stream.Contents(new byte[early.Count]);
                var expected = new List<(string Command, int Length)>();
                foreach (var (kind, length) in messages)
                {
                    var command = kind switch { 1 => "block", 2 => "feature", 3 => "verack", 4 => "a_longer_one", _ => "ping" };
                    _ = kind switch
                    {
                        0 => stream.Decoy(length),
                        5 => stream.Contents([0, .. "ping\0\0\0\0\0\0\0\0"u8, .. new byte[length]]),
                        _ => stream.Message(command, new byte[length]),
                    };
                    if (kind != 0)
                        expected.Add((command, length));
                    reached.Add(kind switch { 0 => "decoy", 5 => "long form", _ => command });
                    if (length > FrameReader.InitialBufferSize)
                        reached.Add("large");
                }

                if (messages.Count > 2 * PacketCipher.RekeyInterval)
                    reached.Add("two rekeys");
                var (read, decoder, end) = await ReadAsync(keys, Split(stream.Bytes, pieces));
                Assert.Null(end);
                Assert.Equal(expected, read);
                Assert.Equal(early.Count, decoder.VersionContents.Length);
                Assert.Equal(0, _pool.RentedBytes);
            },
            iter: Effort.Of(60),
            threads: 1);
        Assert.Equal(["a_longer_one", "block", "decoy", "feature", "large", "long form", "two rekeys", "verack"], reached);
    }

    /// <summary>A bit that changes on the way ends the connection, and nothing after it is handed over.</summary>
    [Fact]
    public async Task Reader_AnyMutation_EndsInADocumentedWay()
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        await Gen.Select(Gen.Int[0, 300], Gen.Int[0, 9], Gen.Int[0, int.MaxValue], Gen.Int[0, 7], Gen.Int[1, 5000].List[1, 9], Gen.Int[0, 9]).SampleAsync(
            async (garbage, messages, at, bit, pieces, kind) =>
            {
                var (stream, keys) = PacketStream.Create(garbage);
                stream.Contents();
                for (var i = 0; i < messages; i++)
                    stream.Message("ping", new byte[8]);
                var bytes = stream.Bytes;
                if (kind == 0)
                    (at, bit) = (garbage + PacketFormat.TerminatorSize + PacketFormat.LengthSize - 1, 7); // The highest bit of a length.
                at %= bytes.Length;
                bytes[at] ^= (byte)(1 << bit);
                var (read, _, end) = await ReadAsync(keys, Split(bytes, pieces));
                var violation = Assert.IsType<BitcoinProtocolException>(end).Violation;
                Assert.True(violation is ProtocolViolation.BadPacket or ProtocolViolation.Truncated or ProtocolViolation.MessageTooLarge);
                var first = garbage + PacketFormat.TerminatorSize + PacketFormat.Overhead;
                Assert.Equal(Math.Max(0, (at - first) / (PacketFormat.Overhead + 9)), read.Count);
                reached.Add(violation.ToString());
            },
            iter: Effort.Of(400),
            threads: 1);
        Assert.Equal(["BadPacket", "MessageTooLarge", "Truncated"], reached);
    }

    [Theory]
    [InlineData(PacketFormat.MaxGarbage + PacketFormat.TerminatorSize - 1, ProtocolViolation.Truncated)]
    [InlineData(PacketFormat.MaxGarbage + PacketFormat.TerminatorSize, ProtocolViolation.MissingTerminator)]
    [InlineData(100_000, ProtocolViolation.MissingTerminator)]
    public async Task Reader_GarbageWithoutTerminator_Ends(int length, ProtocolViolation violation)
    {
        var (_, keys) = PacketStream.Create();
        var (_, _, end) = await ReadAsync(keys, new byte[length].Chunk(1000));
        Assert.Equal(violation, Assert.IsType<BitcoinProtocolException>(end).Violation);
        Assert.InRange(_pool.Peak, 0, 3 * 8192);
    }

    /// <summary>The limits of Bitcoin Core: 4,000,013 bytes of contents, and a message as long as in v1.</summary>
    [Theory]
    [InlineData(0, 4_000_013, null)]
    [InlineData(0, 4_000_014, ProtocolViolation.MessageTooLarge)]
    [InlineData(2, 4_000_001, null)]
    [InlineData(2, 4_000_002, ProtocolViolation.MessageTooLarge)]
    public async Task Reader_LongestContents_AreRead_AndLongerOnesEnd(byte id, int length, ProtocolViolation? violation)
    {
        var (stream, keys) = PacketStream.Create();
        var contents = new byte[length];
        contents[0] = id;
        "block"u8.CopyTo(contents.AsSpan(1));
        if (id != 0)
            contents.AsSpan(1).Clear();
        stream.Contents().Contents(contents);
        var (read, _, end) = await ReadAsync(keys, stream.Bytes.Chunk(65_536));
        Assert.Equal(violation, (end as BitcoinProtocolException)?.Violation);
        Assert.Equal(violation is null ? [("block", ChainParameters.DefaultMaxPayloadLength)] : [], read);
    }

    /// <summary>The buffer follows what has arrived, not what the peer claims.</summary>
    [Fact]
    public async Task Reader_AClaimOf4Million_TakesNoMemory()
    {
        var (stream, keys) = PacketStream.Create();
        var claim = stream.Contents().Bytes.Length + 100;
        stream.Message("block", new byte[4_000_000]);
        var (_, _, end) = await ReadAsync(keys, [stream.Bytes[..claim]]);
        Assert.Equal(ProtocolViolation.Truncated, Assert.IsType<BitcoinProtocolException>(end).Violation);
        Assert.Equal(FrameReader.InitialBufferSize, _pool.Peak);
    }

    [Theory]
    [InlineData(4_000_013, false)]
    [InlineData(4_000_014, true)]
    public async Task Reader_DecoysBeforeTheVersionPacket_AreBoundedInBytes(int bytes, bool ends)
    {
        var (stream, keys) = PacketStream.Create();
        const int Half = 2_000_000;
        stream.Decoy(Half).Decoy(bytes - Half - PacketFormat.Overhead).Contents().Message("ping", new byte[8]);
        var (read, _, end) = await ReadAsync(keys, stream.Bytes.Chunk(65_536));
        Assert.Equal(ends ? ProtocolViolation.TooManyDecoys : null, (end as BitcoinProtocolException)?.Violation);
        Assert.Equal(ends ? 0 : 1, read.Count);
    }

    /// <summary>As in Bitcoin Core, contents without a known command are ignored.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0070696e67")] // Too short for 12 bytes.
    [InlineData("00000000000000000000000000")]
    [InlineData("0070696e670000000000000001")] // A byte after the NULs.
    [InlineData("1d")] // 29, which BIP183 proposes.
    [InlineData("24")]
    [InlineData("26")]
    [InlineData("ff")]
    public async Task Reader_ContentsWithoutAKnownCommand_AreIgnored(string contents)
    {
        var (stream, keys) = PacketStream.Create();
        stream.Contents().Contents(Convert.FromHexString(contents)).Message("ping", new byte[8]);
        using var reader = new FrameReader(new FakeStream().Feed(stream.Bytes).End(), Frames.Chain, _pool);
        reader.Decrypt(keys, 0);
        Assert.Equal("ping", (await reader.ReadAsync(Ct))!.Value.Command.ToString());
        Assert.Equal((1, ProtocolViolation.BadCommand), (reader.MessagesIgnored, reader.LastIgnored));
    }

    /// <summary>Between two messages the reader waits without a buffer.</summary>
    [Fact]
    public async Task Reader_BetweenMessages_HoldsNoBuffer()
    {
        var (stream, keys) = PacketStream.Create(garbage: 4095);
        stream.Contents().Message("ping", new byte[8]);
        var fake = new FakeStream().Feed(stream.Bytes);
        using var reader = new FrameReader(fake, Frames.Chain, _pool);
        reader.Decrypt(keys, 0);
        await reader.ReadAsync(Ct);
        var next = reader.ReadAsync(Ct).AsTask();
        await fake.Idle;
        Assert.Equal(0, _pool.RentedBytes);
        fake.End();
        Assert.Null(await next);
    }

    private async Task<(List<(string Command, int Length)> Read, PacketDecoder Decoder, Exception? End)> ReadAsync(TransportKeys keys, IEnumerable<byte[]> chunks)
    {
        var stream = new FakeStream();
        foreach (var chunk in chunks)
            stream.Feed(chunk);
        using var reader = new FrameReader(stream.End(), Frames.Chain, _pool);
        var decoder = reader.Decrypt(keys, 0);
        var read = new List<(string, int)>();
        try
        {
            while (await reader.ReadAsync(Ct) is { } message)
                read.Add((message.Command.ToString(), message.Payload.Length));
            return (read, decoder, null);
        }
        catch (IOException exception)
        {
            return (read, decoder, exception);
        }
    }

    private static IEnumerable<byte[]> Split(byte[] bytes, List<int> pieces)
    {
        for (var (start, i) = (0, 0); start < bytes.Length; i++)
        {
            var length = Math.Min(pieces[i % pieces.Count], bytes.Length - start);
            yield return bytes.AsSpan(start, length).ToArray();
            start += length;
        }
    }
}
