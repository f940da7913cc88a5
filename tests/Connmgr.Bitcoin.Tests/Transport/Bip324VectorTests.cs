using System.Globalization;
using Secp256k1Net;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The vectors that are published with BIP324.</summary>
public sealed class Bip324VectorTests
{
    public static TheoryData<string> Packets { get; } = [.. Load("packet_encoding_test_vectors.csv").Select(static row => row["in_idx"] + " " + row["in_priv_ours"])];

    [Theory]
    [MemberData(nameof(Packets))]
    public void Packet_OfTheVectors_HasTheirKeysAndBytes(string name)
    {
        var row = Load("packet_encoding_test_vectors.csv").Single(row => string.Equals(row["in_idx"] + " " + row["in_priv_ours"], name, StringComparison.Ordinal));
        var isInitiator = Is(row, "in_initiating");
        var (ours, theirs) = (Hex(row, "in_ellswift_ours"), Hex(row, "in_ellswift_theirs"));
        var shared = new byte[32];
        new Secp256k1KeyExchange().ComputeShared(
            Hex(row, "in_priv_ours"), isInitiator ? ours : theirs, isInitiator ? theirs : ours, isInitiator, shared);
        Assert.Equal(row["mid_shared_secret"], Convert.ToHexStringLower(shared));

        var keys = TransportKeys.Derive(shared, ChainParameters.Mainnet.Magic.AsSpan(), isInitiator);
        Assert.Equal(row["out_session_id"], Convert.ToHexStringLower(keys.SessionId));
        Assert.Equal(row["mid_send_garbage_terminator"], Convert.ToHexStringLower(keys.SentTerminator));
        Assert.Equal(row["mid_recv_garbage_terminator"], Convert.ToHexStringLower(keys.ReceivedTerminator));

        for (var i = Number(row, "in_idx"); i > 0; i--)
            keys.Sealer.Seal(new byte[PacketFormat.Overhead]);
        byte[] contents = [.. Enumerable.Repeat(Hex(row, "in_contents"), Number(row, "in_multiply")).SelectMany(static part => part)];
        var packet = new byte[PacketFormat.Overhead + contents.Length];
        contents.CopyTo(packet, PacketFormat.ContentsOffset);
        keys.Sealer.Seal(packet, Is(row, "in_ignore"), Hex(row, "in_aad"));
        var sent = Convert.ToHexStringLower(packet);
        if (row["out_ciphertext"].Length > 0)
            Assert.Equal(row["out_ciphertext"], sent);
        else
            Assert.EndsWith(row["out_ciphertext_endswith"], sent, StringComparison.Ordinal);

        // The other side reads it, up to the keys that the packets before it lead to.
        var others = TransportKeys.Derive(shared, ChainParameters.Mainnet.Magic.AsSpan(), !isInitiator);
        var again = TransportKeys.Derive(shared, ChainParameters.Mainnet.Magic.AsSpan(), isInitiator);
        for (var i = Number(row, "in_idx"); i > 0; i--)
        {
            var before = new byte[PacketFormat.Overhead];
            again.Sealer.Seal(before);
            Assert.Equal(0, others.Opener.OpenLength(before));
            Assert.True(others.Opener.TryOpen(before, default, out _));
        }

        Assert.Equal(contents.Length, others.Opener.OpenLength(packet));
        Assert.True(others.Opener.TryOpen(packet, Hex(row, "in_aad"), out var isDecoy));
        Assert.Equal(Is(row, "in_ignore"), isDecoy);
        Assert.Equal(contents, packet[PacketFormat.ContentsOffset..^PacketCipher.TagSize]);
    }

    /// <summary>These show that the native library is the one that BIP324 needs.</summary>
    [Fact]
    public void Key_EncodingsOfTheVectors_DecodeToTheirPoints()
    {
        var rows = Load("ellswift_decode_test_vectors.csv");
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(row["x"], Decode(row["ellswift"])));

        var inverses = Load("xswiftec_inv_test_vectors.csv").SelectMany(static row => Enumerable.Range(0, 8)
            .Select(i => row[string.Create(CultureInfo.InvariantCulture, $"case{i}_t")])
            .Where(static t => t.Length > 0)
            .Select(t => (row["x"], Encoding: row["u"] + t))).ToArray();
        Assert.NotEmpty(inverses);
        Assert.All(inverses, inverse => Assert.Equal(inverse.Item1, Decode(inverse.Encoding)));
    }

    private static string Decode(string encoding)
    {
        using var library = new Secp256k1();
        var (key, serialized) = (new byte[64], new byte[33]);
        Assert.True(library.EllswiftDecode(key, Convert.FromHexString(encoding)));
        nuint length = 33;
        Assert.True(library.EcPubkeySerialize(serialized, ref length, key, Secp256k1EcFlags.Compressed));
        return Convert.ToHexStringLower(serialized.AsSpan(1));
    }

    private static bool Is(Dictionary<string, string> row, string column) => row[column] is "1";

    private static int Number(Dictionary<string, string> row, string column) => int.Parse(row[column], CultureInfo.InvariantCulture);

    private static byte[] Hex(Dictionary<string, string> row, string column) => Convert.FromHexString(row[column]);

    private static List<Dictionary<string, string>> Load(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Data", "bip324", file));
        var columns = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => columns.Zip(line.Split(',')).ToDictionary(static pair => pair.First, static pair => pair.Second, StringComparer.Ordinal))];
    }
}
