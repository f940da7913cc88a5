using System.Buffers.Binary;

namespace Connmgr.Bitcoin.Tests;

/// <summary>Makes hostile peers: takes a valid session apart and changes it at random. The same seed gives the same peer.</summary>
internal sealed class WireFuzz(Random random)
{
    private static readonly string[] Commands =
        ["version", "verack", "wtxidrelay", "sendaddrv2", "ping", "pong", "inv", "tx", "addr", "getaddr", "feefilter", "feature", "x", "twelve chars"];

    /// <summary>The behaviour of a peer in addition to sending bytes.</summary>
    public enum Behaviour
    {
        /// <summary>It closes after its last byte.</summary>
        Closes,

        /// <summary>It falls silent after its last byte.</summary>
        FallsSilent,

        /// <summary>It falls silent, and takes no more than a few of our writes.</summary>
        TakesNothing,

        /// <summary>Its connection breaks.</summary>
        Breaks,
    }

    /// <summary>A peer.</summary>
    /// <param name="Direction">The direction of the connection.</param>
    /// <param name="Chunks">Its bytes, as the reads split them.</param>
    /// <param name="Behaviour">The behaviour after the bytes.</param>
    /// <param name="WritesTaken">The number of writes that it takes, for <see cref="Behaviour.TakesNothing"/>.</param>
    public sealed record Peer(ConnectionDirection Direction, List<byte[]> Chunks, Behaviour Behaviour, int WritesTaken);

    /// <summary>Makes a peer.</summary>
    /// <param name="ownNonce">A nonce that our node has sent.</param>
    public Peer Next(ulong ownNonce)
    {
        var frames = ValidSession();
        for (var mutations = random.Next(4); mutations > 0; mutations--)
            MutateFrames(frames, ownNonce);

        var bytes = frames.SelectMany(frame => frame).ToArray();
        if (random.Next(3) == 0)
            MutateBytes(ref bytes);

        var direction = (ConnectionDirection)random.Next(2);
        var behaviour = random.Next(20) switch
        {
            0 => Behaviour.FallsSilent,
            1 => Behaviour.TakesNothing,
            2 => Behaviour.Breaks,
            _ => Behaviour.Closes,
        };
        return new(direction, Split(bytes), behaviour, random.Next(3, 6));
    }

    private static List<byte[]> ValidSession() =>
    [
        Frames.Of(Frames.PeerVersion with { ProtocolVersion = 70017 }),
        Frames.Of("wtxidrelay"),
        Frames.Of("sendaddrv2"),
        Frames.Of("feature", new PeerFeature("BIP434", [1, 2]).Encode()),
        Frames.Of("verack"),
        Frames.Of("sendcmpct", 0, 2, 0, 0, 0, 0, 0, 0, 0),
        Frames.Nonce("ping", 0x1234),
        Frames.Of("inv", new byte[37]),
        Frames.Nonce("pong", 0x5678),
        Frames.Of("block", new byte[10_000]),
        Frames.Of("inv", new byte[73]),
        Frames.Of("getaddr"),
        Frames.Of("addr", [1, .. new byte[30]]),
        Frames.Of("addrv2", [2, .. GetAddress(network: 1, length: 4), .. GetAddress(network: 77, length: 5)]),
    ];

    private static byte[] GetAddress(byte network, int length)
    {
        byte[] size = length < 0xfd ? [(byte)length] : [0xfd, (byte)length, (byte)(length >> 8)];
        return [0, 0, 0, 0, 1, network, .. size, .. new byte[length], 0x20, 0x8d];
    }

    private void MutateFrames(List<byte[]> frames, ulong ownNonce)
    {
        if (frames.Count == 0)
            return;

        var at = random.Next(frames.Count);
        switch (random.Next(17))
        {
            case 0: // Duplicated.
                frames.Insert(at, frames[at]);
                break;
            case 1: // Reordered.
                var other = random.Next(frames.Count);
                (frames[at], frames[other]) = (frames[other], frames[at]);
                break;
            case 2: // Left out.
                frames.RemoveAt(at);
                break;
            case 3: // Inserted.
                frames.Insert(at, Frames.Of(Commands[random.Next(Commands.Length)], Noise(random.Next(40))));
                break;
            case 4: // Many inserted.
                frames.InsertRange(at, Enumerable.Repeat(Frames.Of("noise", Noise(random.Next(5))), 110));
                break;
            case 5: // Length, also a claim of what never comes.
                var length = random.Next(3) switch
                {
                    0 => (uint)random.Next(100),
                    1 => (uint)random.Next(FrameHeader.MaxPayloadLength + 1),
                    _ => (uint)random.NextInt64(uint.MaxValue + 1L),
                };
                Edit(frames, at, frame => BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(16), length));
                break;
            case 6: // Command.
                Edit(frames, at, frame => frame[4 + random.Next(12)] = (byte)random.Next(256));
                break;
            case 7: // Checksum.
                Edit(frames, at, frame => frame[20 + random.Next(4)] ^= (byte)random.Next(1, 256));
                break;
            case 8: // Magic.
                Edit(frames, at, frame => frame[random.Next(4)] ^= (byte)random.Next(1, 256));
                break;
            case 9: // Payload changed, its checksum right.
                frames[at] = WithPayload(frames[at], payload => payload[random.Next(payload.Length)] ^= (byte)random.Next(1, 256));
                break;
            case 10: // Payload cut, its checksum right.
                var kept = random.Next(frames[at].Length - FrameHeader.Size + 1);
                frames[at] = Reframe(frames[at], frames[at].AsSpan(FrameHeader.Size, kept));
                break;
            case 11: // Addresses that break a rule.
                byte[] addresses = random.Next(3) switch
                {
                    0 => [0xfd, 0xe9, 0x03, .. new byte[9009]],
                    1 => [1, .. GetAddress((byte)random.Next(256), length: 513)],
                    _ => [1, .. GetAddress(network: 1, length: random.Next(5, 513))],
                };
                frames.Insert(at, Frames.Of("addrv2", addresses));
                break;
            case 12: // More entries than allowed.
                frames.Insert(at, random.Next(2) == 0
                    ? Frames.Of("headers", 0xfd, 0xd1, 0x07)
                    : Frames.Of("getheaders", [0, 0, 0, 0, 102, .. new byte[103 * 32]]));
                break;
            case 13: // A feature of which most bytes are noise.
                frames.Insert(Math.Min(at, 3), Frames.Of("feature", Noise(random.Next(40))));
                break;
            default: // A version message of another kind, which only its meaning makes bad.
                var kind = random.Next(5);
                var version = kind switch
                {
                    0 => Frames.Of(Frames.PeerVersion with { ProtocolVersion = random.Next(-5, 80_000) }),
                    1 => Frames.Of(Frames.PeerVersion with { Services = (NodeServices)random.NextInt64() }),
                    2 => Frames.Of(Frames.PeerVersion with { Nonce = ownNonce }),
                    3 => Frames.Of("version", [.. Frames.PeerVersion.Encode().AsSpan(0, 80), 0xfd, 0x2c, 0x01, .. Noise(300)]),
                    _ => Frames.Of("version", [.. Frames.PeerVersion.Encode().AsSpan(0, 80), 0xfd, 0x05, 0x00, .. Noise(5)]),
                };
                if (kind < 3)
                    frames[0] = version;
                else
                    frames.Insert(0, version); // One that is ignored, before one that is not.
                break;
        }
    }

    private void MutateBytes(ref byte[] bytes)
    {
        switch (random.Next(4))
        {
            case 0:
                bytes = bytes[..random.Next(bytes.Length + 1)];
                break;
            case 1 when bytes.Length > 0:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2: // As long as the key with which BIP324 begins.
                bytes = [.. Noise(64), .. bytes];
                break;
            default:
                var at = random.Next(bytes.Length + 1);
                bytes = [.. bytes[..at], .. Noise(random.Next(1, 30)), .. bytes[at..]];
                break;
        }
    }

    /// <summary>Chunks of 1 to n bytes, n from one byte to all of them.</summary>
    private List<byte[]> Split(byte[] bytes)
    {
        int[] limits = [1, 3, 24, 100, 5000, bytes.Length];
        var limit = Math.Max(1, limits[random.Next(1 + random.Next(limits.Length))]);
        if (bytes.Length / limit > 2000)
            limit = 100;

        var chunks = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var size = Math.Min(random.Next(1, limit + 1), bytes.Length - at);
            chunks.Add(bytes[at..(at + size)]);
            at += size;
        }

        return chunks;
    }

    private byte[] Noise(int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    private static void Edit(List<byte[]> frames, int at, Action<byte[]> edit)
    {
        frames[at] = [.. frames[at]];
        edit(frames[at]);
    }

    private static byte[] WithPayload(byte[] frame, Action<byte[]> edit)
    {
        var payload = frame[FrameHeader.Size..];
        if (payload.Length > 0)
            edit(payload);

        return Reframe(frame, payload);
    }

    private static byte[] Reframe(byte[] frame, ReadOnlySpan<byte> payload) =>
        MessageCommand.TryRead(frame.AsSpan(4), out var command) ? Frames.Of(command, payload) : frame;
}
