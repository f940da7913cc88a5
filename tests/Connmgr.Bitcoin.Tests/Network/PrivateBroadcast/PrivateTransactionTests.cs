using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

public class PrivateTransactionTests
{
    /// <summary>The first transaction of mainnet, whose id everybody knows.</summary>
    private const string Genesis =
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e" +
        "2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a010000" +
        "00434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6b" +
        "f11d5fac00000000";

    [Fact]
    public void TryRead_TheFirstTransaction_HasItsId()
    {
        var transaction = PrivateTransaction.TryRead(Convert.FromHexString(Genesis))!;
        Assert.Equal("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", Convert.ToHexStringLower([.. transaction.TxId.Reverse()]));
        Assert.Equal(transaction.TxId, transaction.WtxId);
        Assert.Equal(transaction.Bytes, transaction.Stripped);
    }

    [Fact]
    public void TryRead_WithAndWithoutWitnesses_HasTheSameTxid() => Generate.Sample(static (plain, full) =>
    {
        var (one, other) = (PrivateTransaction.TryRead(plain)!, PrivateTransaction.TryRead(full)!);
        Assert.Equal(one.TxId, other.TxId);
        Assert.NotEqual(one.WtxId, other.WtxId);
        Assert.Equal(plain, other.Stripped.ToArray());
    });

    [Fact]
    public void TryRead_TooShortOrTooLong_IsNull() => Gen.Select(Generate, Gen.Int[0, 100]).Sample(static (transactions, cut) =>
    {
        var (plain, full) = transactions;
        Assert.Null(PrivateTransaction.TryRead(plain.AsMemory(0, cut % plain.Length)));
        Assert.Null(PrivateTransaction.TryRead(full.AsMemory(0, cut % full.Length)));
        Assert.Null(PrivateTransaction.TryRead((byte[])[.. plain, 0]));
        Assert.Null(PrivateTransaction.TryRead((byte[])[.. full, 0]));
    });

    /// <summary>A transaction without and with witnesses: up to three inputs and outputs, each with a script, each input with up to three items.</summary>
    internal static Gen<(byte[] Plain, byte[] Full)> Generate { get; } = Gen.Select(
        Gen.Select(Gen.Byte.Array[40], Gen.Byte.Array[0, 80]).Array[1, 3],
        Gen.Select(Gen.Byte.Array[8], Gen.Byte.Array[0, 80]).Array[1, 3],
        Gen.Byte.Array[0, 30].Array[0, 3].Array[3],
        Gen.Byte.Array[4]).Select(static (inputs, outputs, witnesses, lockTime) =>
    {
        byte[] body =
        [
            (byte)inputs.Length, .. inputs.SelectMany(static input => (byte[])[.. input.Item1[..36], (byte)input.Item2.Length, .. input.Item2, .. input.Item1[36..]]),
            (byte)outputs.Length, .. outputs.SelectMany(static output => (byte[])[.. output.Item1, (byte)output.Item2.Length, .. output.Item2]),
        ];
        var witness = witnesses.Take(inputs.Length).SelectMany(static items => (byte[])[(byte)items.Length, .. items.SelectMany(static item => (byte[])[(byte)item.Length, .. item])]);
        return ((byte[])[2, 0, 0, 0, .. body, .. lockTime], (byte[])[2, 0, 0, 0, 0, 1, .. body, .. witness, .. lockTime]);
    });
}
