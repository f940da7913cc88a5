using System.Buffers.Binary;
using Connmgr.Bitcoin;

namespace Connmgr.Fuzz;

/// <summary>What a peer sends: frames, encrypted packets, and the handshake in both transports.</summary>
internal static class StreamTargets
{
    private const int FirstBuffers = 48 * 1024;
    private const string Buffers = "the buffers of the reader";

    private const int Inbound = 1;
    private const int V2 = 2;
    private const int Script = 4;

    private static readonly MessageInterest Interest = AnnouncementCredit.AddTo(new MessageInterest([MessageCommand.GetData, MessageCommand.Addr]));
    private static readonly SelfDetector Self = new();
    private static readonly BitcoinPeerOptions Options = new() { Chain = ChainParameters.Regtest };
    private static readonly PacketScript.Exchange Exchange = new();
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)0x5a, PacketFormat.KeySize)];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new() { Name = "frames", Reads = "frames of the v1 transport, as they come", Read = ReadFrames, IsDocumented = MessageTargets.IsViolation, MemoryConstant = FirstBuffers, MemoryReason = Buffers },
        new()
        {
            Name = "messages",
            Reads = "frames of the v1 transport whose checksums are made right, with the limits of their commands",
            Prepare = Repair,
            Read = ReadFrames,
            IsDocumented = MessageTargets.IsViolation,
            MemoryConstant = FirstBuffers,
            MemoryReason = Buffers,
        },
        new()
        {
            Name = "packets",
            Reads = "packets of the v2 transport (BIP324), sealed by the target",
            Prepare = SealPackets,
            Read = ReadPackets,
            IsDocumented = MessageTargets.IsViolation,
            MemoryConstant = FirstBuffers,
            MemoryReason = Buffers,
        },
        new()
        {
            Name = "handshake",
            Reads = "the handshake of both sides in both transports",
            Prepare = SealHandshake,
            Read = ReadHandshake,
            IsDocumented = static exception => exception is BitcoinProtocolException or ConnectFailedException or IOException,
            MemoryConstant = FirstBuffers,
            MemoryReason = "the buffers of the reader and of the writer",
        },
    ];

    /// <summary>Reads all frames. The interest of a network decides how much of each is kept, except for inputs of an even length, of which all is.</summary>
    private static object? ReadFrames(ReadOnlyMemory<byte> input)
    {
        var isWhole = input.Length % 2 == 0;
        using var reader = new FrameReader(new SplitStream(input), ChainParameters.Regtest) { Interest = isWhole ? MessageInterest.Everything : Interest };
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        var (at, count) = (0, 0);
        for (; Completed.Get(reader.ReadAsync()) is { } message; count++)
        {
            FuzzFailure.Unless(message.Payload.Length <= input.Length, "no payload is longer than the input");
            if (!isWhole)
                continue;

            // Frames that are skipped are between those that are found, each of which is there as it is written.
            FrameHeader.Create(FrameHeader.GetMagic(ChainParameters.Regtest), message.Command, message.Payload.Span).Write(header);
            at = FindEnd(input.Span, at, header, message.Payload.Span);
            FuzzFailure.Unless(at >= 0, "a message that is written again is in the input");
        }

        FuzzFailure.Unless(reader.BytesReceived == input.Length, "all bytes are read");
        return FuzzTarget.Taken(count > 0);
    }

    /// <summary>Gets the end of a frame, from a place on; -1 if it is not there. What was skipped may have the same header.</summary>
    private static int FindEnd(ReadOnlySpan<byte> input, int at, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        while (input[at..].IndexOf(header) is >= 0 and var place)
        {
            at += place + header.Length;
            if (input[at..].StartsWith(payload))
                return at + payload.Length;
        }

        return -1;
    }

    /// <summary>Makes magic, lengths and checksums right, so that what is behind them is reached.</summary>
    private static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> input)
    {
        var bytes = input.ToArray();
        for (var rest = bytes.AsSpan(); rest.Length >= FrameHeader.Size;)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, FrameHeader.GetMagic(ChainParameters.Regtest));
            var claimed = BinaryPrimitives.ReadUInt32LittleEndian(rest[FrameHeader.LengthOffset..]);
            var length = (int)Math.Min(claimed, rest.Length - FrameHeader.Size);
            BinaryPrimitives.WriteInt32LittleEndian(rest[FrameHeader.LengthOffset..], length);
            var checksum = FrameFormat.FromChain(ChainParameters.Regtest).ComputeChecksum(rest.Slice(FrameHeader.Size, length));
            BinaryPrimitives.WriteUInt32LittleEndian(rest[(FrameHeader.LengthOffset + sizeof(int))..], checksum);
            rest = rest[(FrameHeader.Size + length)..];
        }

        return bytes;
    }

    private static ReadOnlyMemory<byte> SealPackets(ReadOnlyMemory<byte> input)
    {
        var peer = PacketScript.Derive(isInitiator: true);
        using var sealer = peer.Sealer;
        using var opener = peer.Opener;
        return PacketScript.Seal(input.Span, peer, []);
    }

    private static object? ReadPackets(ReadOnlyMemory<byte> input)
    {
        using var reader = new FrameReader(new SplitStream(input), ChainParameters.Regtest);
        var keys = PacketScript.Derive(isInitiator: false);
        using var sealer = keys.Sealer;
        reader.Decrypt(keys, skipped: 0);
        var count = 0;
        for (; Completed.Get(reader.ReadAsync()) is { } message; count++)
        {
            FuzzFailure.Unless(!message.Command.IsEmpty, "a message has a command");
            FuzzFailure.Unless(message.Payload.Length <= input.Length, "no payload is longer than the input");
        }

        return FuzzTarget.Taken(count > 0);
    }

    /// <summary>The first byte has the side (1 for the one that is dialled), the transport (2 for v2 where possible) and the form (4 for a script).</summary>
    private static ReadOnlyMemory<byte> SealHandshake(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty || (input.Span[0] & Script) == 0)
            return input;
        var keys = PacketScript.Derive(isInitiator: (input.Span[0] & Inbound) != 0);
        using var sealer = keys.Sealer;
        using var opener = keys.Opener;
        return (byte[])[input.Span[0], .. PacketScript.Seal(input.Span[1..], keys, Key)];
    }

    private static object? ReadHandshake(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return null;
        using var stream = new SplitStream(input[1..]);
        using var reader = new FrameReader(stream, ChainParameters.Regtest) { Interest = MessageInterest.Handshake };
        var writer = new FrameWriter(stream, ChainParameters.Regtest, Options.MaxSendBacklog, TimeProvider.System, pool: null, CancellationToken.None);
        try
        {
            return FuzzTarget.Taken(Completed.Get(ShakeHandsAsync(reader, writer, (input.Span[0] & Inbound) != 0, (input.Span[0] & (V2 | Script)) != 0)));
        }
        finally
        {
            writer.Wipe();
        }
    }

    private static async Task<bool> ShakeHandsAsync(FrameReader reader, FrameWriter writer, bool isInbound, bool isV2)
    {
        var setup = new TransportSetup(Options, reader, writer);
        var transport = isInbound ? await setup.AnswerAsync(isV2 ? Exchange : null, TransportPolicy.PreferV2, CancellationToken.None)
            : isV2 ? await setup.DialAsync(Exchange, patience: null, CancellationToken.None)
            : AgreedTransport.V1;
        var profile = new HandshakeProfile(NodeServices.None, Relay: true) { Transport = transport.Transport };
        var handshake = new VersionHandshake(
            Options, new NonceSource(random: null), Self, reader, writer, isInbound ? ConnectionDirection.Inbound : ConnectionDirection.Outbound, remoteEndPoint: null, profile);
        var result = await handshake.RunAsync(CancellationToken.None);
        FuzzFailure.Unless(result.Features.Length <= PeerFeature.MaxCount, "a peer has at most 32 features");
        return true;
    }
}
