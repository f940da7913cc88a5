namespace Connmgr.Bitcoin.Tests;

/// <summary>Messages that were damaged at random: each ends as its reader documents.</summary>
public sealed class MutatedInputTests(ITestOutputHelper output)
{
    private static readonly Recording[] Recordings =
    [
        Recording.Load("bitcoind-answers.hex"), Recording.Load("bitcoind-dials.hex"), Recording.Load("bitcoind-tells-addr.hex"), Recording.Load("bitcoind-tells-addrv2.hex"),
    ];

    [Fact]
    public void FrameReader_MutatedStream_IsReadOrRefused() => Run(
        [.. Recordings.Select(static recording => recording.FromBitcoind)],
        static input =>
        {
            using var reader = new FrameReader(new MemoryStream(input), Frames.Chain);
            while (Read(reader) is { } message)
                Assert.True(message.Payload.Length <= FrameHeader.MaxPayloadLength);
            return true;
        });

    [Fact]
    public void VersionMessage_MutatedPayload_IsReadOrRefused() => Run(
        Payloads("version"),
        static input => VersionMessage.Decode(VersionMessage.Decode(input).Encode()).ProtocolVersion == VersionMessage.Decode(input).ProtocolVersion);

    [Fact]
    public void AddressMessage_MutatedAddr_IsReadOrRefused() => Run(Payloads("addr"), static input => AddressMessage.Decode(MessageCommand.Addr, input) is not null);

    [Fact]
    public void AddressMessage_MutatedAddrV2_IsReadOrRefused() => Run(Payloads("addrv2"), static input => AddressMessage.Decode(MessageCommand.AddrV2, input) is not null);

    /// <summary>Takes the result of a read, which never waits because the bytes are in memory.</summary>
    private static BitcoinMessage? Read(FrameReader reader)
    {
        var reading = reader.ReadAsync().AsTask();
        Assert.True(reading.IsCompleted, "It waits for more than the bytes that came.");
#pragma warning disable VSTHRD002 // It has completed.
        return reading.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static byte[][] Payloads(string command)
    {
        var name = new MessageCommand(command);
        return
        [
            .. Recordings.SelectMany(static recording => recording.Frames)
                .Select(static sent => sent.Frame)
                .Where(frame => FrameHeader.Read(frame, FrameHeader.GetMagic(Frames.Chain)).Command == name)
                .Select(static frame => frame[FrameHeader.Size..]),
        ];
    }

    private void Run(IReadOnlyList<byte[]> seeds, Func<byte[], bool> read) =>
        Mutations.Run(seeds, read, static exception => exception is BitcoinProtocolException, output.WriteLine);
}
