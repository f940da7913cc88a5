using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

public class ReturnWatchTests
{
    private static readonly Gen<uint> Type = Gen.OneOf(Gen.UInt[0, 5], Gen.UInt[0x4000_0001, 0x4000_0002]);

    /// <summary>Checks that only a transaction's txid or wtxid counts, wherever it is in the message.</summary>
    [Fact]
    public void Look_AtAnyItems_NoticesTheTransactionOnly()
    {
        var (noticed, unnoticed) = (0, 0);
        Gen.Select(PrivateTransactionTests.Generate, Gen.Select(Type, Gen.Int[0, 3]).Array[0, 4], Gen.OneOf(Gen.Const(0), Gen.Int[250, 300])).Sample((transactions, some, others) =>
        {
            (uint, int)[] items = [.. Enumerable.Repeat((1u, 2), others), .. some];
            var (watch, transaction) = (new ReturnWatch(new MessageRouter(new(), forwardsGossip: false)), PrivateTransaction.TryRead(transactions.Full)!);
            var returned = watch.WatchAsync(transaction);
            byte[] count = items.Length < 253 ? [(byte)items.Length] : [253, (byte)items.Length, (byte)(items.Length >> 8)];
            var inv = new BitcoinMessage(MessageCommand.Inv, (byte[])[.. count, .. items.SelectMany(item => (byte[])[.. BitConverter.GetBytes(item.Item1), .. GetHash(item.Item2)])]);
            watch.Look(ConnectionDirection.Inbound, inv);
            Assert.False(returned.IsCompleted);
            watch.Look(ConnectionDirection.Outbound, inv);
            var isThere = items.Any(static item => item is { Item1: 1 or 5 or 0x4000_0001, Item2: < 2 });
            Assert.Equal(isThere, returned.IsCompletedSuccessfully);
            _ = isThere ? Interlocked.Increment(ref noticed) : Interlocked.Increment(ref unnoticed);

            byte[] GetHash(int which) => which switch { 0 => transaction.TxId, 1 => transaction.WtxId, _ => new byte[32] };
        });
        Assert.True(noticed > 0 && unnoticed > 0, $"{noticed} noticed, {unnoticed} not");
    }

    [Fact]
    public void Look_AtMalformedBytes_IgnoresThem() => Gen.Select(PrivateTransactionTests.Generate, Gen.Byte.Array[0, 200]).Sample(static (transactions, bytes) =>
    {
        var watch = new ReturnWatch(new MessageRouter(new(), forwardsGossip: false));
        var returned = watch.WatchAsync(PrivateTransaction.TryRead(transactions.Plain)!);
        watch.Look(ConnectionDirection.Outbound, new(MessageCommand.Inv, bytes));
        Assert.False(returned.IsCompleted);
    });
}
