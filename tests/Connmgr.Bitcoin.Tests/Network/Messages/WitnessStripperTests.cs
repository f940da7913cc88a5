using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Transactions without their witnesses (BIP144).</summary>
public class WitnessStripperTests
{
    private static readonly Gen<byte[]> Script = Gen.OneOf(Gen.Byte.Array[0, 10], Gen.Byte.Array[250, 300]);

    /// <summary>The parts of a transaction that are the same with and without witnesses, and one witness for each input.</summary>
    private static readonly Gen<(byte[][] Inputs, byte[][] Outputs, byte[][] Witnesses)> Parts =
        Gen.Select(Script.Array[1, 4], Script.Array[0, 4], Script.Array[4], static (inputs, outputs, witnesses) => (inputs, outputs, witnesses));

    [Fact]
    public void Strip_OfAnyTransaction_IsTheSameWithoutWitnesses() => Parts.Sample(parts =>
    {
        var plain = Serialize(parts, hasWitnesses: false);
        Assert.True(WitnessStripper.TryStrip(Serialize(parts, hasWitnesses: true), out var stripped));
        Assert.Equal(plain, stripped.Value.ToArray());
        Assert.True(WitnessStripper.TryStrip(plain, out var same));
        Assert.Equal(plain, same.Value.ToArray());
    });

    [Fact]
    public void Strip_OfAPart_NeverThrows_NorOfOtherBytes()
    {
        Parts.Sample(parts =>
        {
            var whole = Serialize(parts, hasWitnesses: true);
            for (var length = 0; length < whole.Length; length++)
                WitnessStripper.TryStrip(whole.AsMemory(0, length), out _);
        });
        Gen.Byte.Array[0, 100].Sample(static bytes => WitnessStripper.TryStrip((byte[])[2, 0, 0, 0, 0, 1, .. bytes], out _) || true);
        Assert.False(WitnessStripper.TryStrip((byte[])[2, 0, 0, 0, 0, 1, 5, 0, 0, 0], out _));
    }

    /// <summary>Without inputs there are no witnesses, and the rest would read as another transaction with witnesses. Found by fuzzing.</summary>
    [Fact]
    public void Strip_WitnessesWithoutInputs_IsNoTransaction() =>
        Assert.False(WitnessStripper.TryStrip(Convert.FromHexString("020000000001" + "00" + "01" + "e803000000000000" + "0151" + "00000000"), out _));

    private static byte[] Serialize((byte[][] Inputs, byte[][] Outputs, byte[][] Witnesses) parts, bool hasWitnesses)
    {
        var writer = new PayloadWriter();
        writer.WriteInt32(2);
        if (hasWitnesses)
            writer.WriteBytes([0, 1]);
        writer.WriteCompactSize((ulong)parts.Inputs.Length);
        foreach (var script in parts.Inputs)
        {
            writer.WriteBytes(new byte[36]);
            WriteBytes(writer, script);
            writer.WriteInt32(-1);
        }

        writer.WriteCompactSize((ulong)parts.Outputs.Length);
        foreach (var script in parts.Outputs)
        {
            writer.WriteInt64(1000);
            WriteBytes(writer, script);
        }

        foreach (var witness in hasWitnesses ? parts.Witnesses.Take(parts.Inputs.Length) : [])
        {
            writer.WriteCompactSize(1);
            WriteBytes(writer, witness);
        }

        writer.WriteInt32(700_000);
        return writer.ToArray();
    }

    private static void WriteBytes(PayloadWriter writer, byte[] bytes)
    {
        writer.WriteCompactSize((ulong)bytes.Length);
        writer.WriteBytes(bytes);
    }
}
