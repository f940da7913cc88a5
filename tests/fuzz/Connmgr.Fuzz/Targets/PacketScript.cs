using System.Buffers.Binary;
using Connmgr.Bitcoin;

namespace Connmgr.Fuzz;

/// <summary>
/// The encrypted stream of a peer, as an input has it: the length of the garbage in one byte, then parts. A part has its kind in one byte (1 for a decoy, 2 for a
/// damaged packet, 4 for plain bytes instead of a packet), its length in two, and its contents. So an input reaches what is behind the encryption.
/// </summary>
internal static class PacketScript
{
    public const int Decoy = 1;
    public const int Damaged = 2;
    public const int Plain = 4;

    /// <summary>Both sides' secret, which a fake key exchange gives.</summary>
    public static ReadOnlySpan<byte> Secret => "This is the secret of both sides"u8;

    /// <summary>Derives the keys of a side.</summary>
    public static TransportKeys Derive(bool isInitiator) => TransportKeys.Derive(Secret, ChainParameters.Regtest.Magic.AsSpan(), isInitiator);

    /// <summary>Seals an input.</summary>
    /// <param name="script">The input.</param>
    /// <param name="keys">The keys of the peer.</param>
    /// <param name="key">The peer's public key, which comes first.</param>
    public static byte[] Seal(ReadOnlySpan<byte> script, TransportKeys keys, ReadOnlySpan<byte> key)
    {
        var stream = new MemoryStream(script.Length + 256);
        stream.Write(key);
        if (script.IsEmpty)
            return stream.ToArray();
        var garbage = script.Slice(1, Math.Min(script[0], script.Length - 1));
        var authenticated = garbage;
        script = script[(1 + garbage.Length)..];
        stream.Write(garbage);
        stream.Write(keys.SentTerminator);
        while (script.Length >= 3)
        {
            var kind = script[0];
            var contents = script.Slice(3, Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(script[1..]), script.Length - 3));
            script = script[(3 + contents.Length)..];
            if ((kind & Plain) != 0)
            {
                stream.Write(contents);
                continue;
            }

            var packet = new byte[contents.Length + PacketFormat.Overhead];
            contents.CopyTo(packet.AsSpan(PacketFormat.ContentsOffset));
            keys.Sealer.Seal(packet, (kind & Decoy) != 0, authenticated);
            authenticated = default;
            if ((kind & Damaged) != 0)
                packet[^1] ^= 1;
            stream.Write(packet);
        }

        return stream.ToArray();
    }

    /// <summary>A key exchange that always agrees on the secret.</summary>
    public sealed class Exchange : IKeyExchange
    {
        public void CreateKey(Span<byte> secret, Span<byte> encoding)
        {
            Secret.CopyTo(secret);
            encoding.Fill(0xaa);
        }

        public void ComputeShared(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> initiator, ReadOnlySpan<byte> responder, bool isInitiator, Span<byte> shared) => Secret.CopyTo(shared);
    }
}
