using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Testing.Tests.Chain;

public class SandboxChainTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Script = [0x00, 0x14, .. Enumerable.Repeat((byte)7, 20)];

    private readonly FakeTimeProvider _time = new(Now);

    [Fact]
    public void GetHash_OfTheFirst_IsThatOfRegtest() =>
        Assert.Equal("06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f", Convert.ToHexStringLower(Create().GetHash(0).Span), ignoreCase: false);

    [Fact]
    public void GetHash_FollowsFromTheSeed()
    {
        var first = Create();
        var same = Create();
        var other = Create(static options => options.Seed = 5);

        Assert.Equal(200, first.Height);
        Assert.All(Enumerable.Range(1, 200), height => Assert.Equal(Hash(first.GetHash(height)), Hash(same.GetHash(height))));
        Assert.All(Enumerable.Range(1, 200), height => Assert.NotEqual(Hash(first.GetHash(height)), Hash(other.GetHash(height))));
    }

    [Fact]
    public void Height_RisesAsTimePasses()
    {
        var chain = Create(static options => options.BlockInterval = TimeSpan.FromMinutes(10));
        var before = Hash(chain.GetHash(200));
        _time.Advance(TimeSpan.FromMinutes(35));

        Assert.Equal(203, chain.Height);
        Assert.Equal(before, Hash(chain.GetHash(200)));
        Assert.Equal([0, 0, 10, 20, 30], Enumerable.Range(199, 5).Select(height => Math.Max(0, (Time(chain, height) - Now).TotalMinutes)));
        Assert.Equal(Now.AddMinutes(-10), Time(chain, 199));
    }

    /// <summary>A machine that sleeps for years wakes at once.</summary>
    [Fact]
    public void Height_AfterAJumpOfTheClock_RisesByTenThousandAtMost()
    {
        var chain = Create(static options => options.Blocks = 0);
        _time.Advance(TimeSpan.FromDays(1_000));
        Assert.Equal(10_000, chain.Height);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(10_001, chain.Height);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(201)]
    public void GetBlock_OutOfRange_Throws(int height)
    {
        var chain = Create();
        Assert.StartsWith("The height must be from 0 to 200.", Assert.Throws<ArgumentOutOfRangeException>(() => chain.GetBlock(height)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.GetHeader(height));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.GetHash(height));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.GetFilter(height));
    }

    [Fact]
    public void Mine_Pay_TheNextBlockHasThePayment()
    {
        var chain = Create();
        var id = chain.Pay(Script, 123_456_789);

        Assert.Equal(203, chain.Mine(3));
        Assert.Contains(Hash(id), Ids(chain, 201));
        var paid = Assert.Single(chain.Read(static state => state.Blocks[201].Transactions), transaction => transaction.Id == Hash(id));
        Assert.Equal((123_456_789, Convert.ToHexString(Script)), (paid.Outputs[0].Value, Convert.ToHexString(paid.Outputs[0].Script)));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Mine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Mine(10_001));
    }

    /// <summary>More than one coin is worth, out of the change of another, and all there is.</summary>
    [Fact]
    public void Pay_UntilNothingIsLeft_NamesTheReason()
    {
        var chain = Create();
        var ids = new[] { chain.Pay(Script, 1), chain.Pay(Script, 120_00000000), chain.Pay(Script, 49_00000000) };
        var error = Assert.Throws<InvalidOperationException>(() => chain.Pay(Script, 20_000_00000000));

        Assert.Equal("The chain has no coins of 2000000000000 satoshis at height 200. Mine more blocks, or pay less.", error.Message);
        chain.Mine();
        Assert.All(ids, id => Assert.Contains(Hash(id), Ids(chain, 201)));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Pay(Script, 0));
        Assert.Throws<ArgumentException>(() => chain.Pay([], 1));
    }

    [Fact]
    public void TrySubmit_WhatIsNotValid_IsRefused_WithTheReason()
    {
        var chain = Create();
        var payment = Waiting(chain, chain.Pay(Script, 30_00000000));
        var spend = Spend(payment.Id, 0, 30_00000000);

        Refused("The bytes are not a transaction.", [1, 2, 3]);
        Refused("The bytes are not a transaction.", [.. spend.Bytes, 0]);
        Refused("it is a coinbase", chain.Read(static state => state.Blocks[7].Transactions[0]).Bytes);
        Refused("an output that it spends does not exist, or was spent", Spend(payment.Id, 9, 1).Bytes);
        Refused("its outputs are worth 1 satoshis more than its inputs", Spend(payment.Id, 0, 30_00000001).Bytes);
        Refused("the value of an output is out of range", Spend(payment.Id, 0, -1).Bytes);
        Refused("an output that it spends is of a coinbase, and can be spent in block 202", Spend(chain.Read(static state => state.Blocks[102].Transactions[0].Id), 0, 1).Bytes);
        Refused("an output that it spends is spent by another transaction, or twice", Spend(payment.Inputs[0].Previous.Transaction, payment.Inputs[0].Previous.Index, 1).Bytes);
        var place = new ChainTransaction.OutPoint(payment.Id, 0);
        Refused("an output that it spends is spent by another transaction, or twice", ChainTransaction.Create([ChainTransaction.CreateInput(place, []), ChainTransaction.CreateInput(place, [])], [new(1, Script)]).Bytes);

        Assert.True(chain.TrySubmit(Spend(chain.Read(static state => state.Blocks[101].Transactions[0].Id), 0, 1).Bytes, out var reason), reason);
        Assert.True(chain.TrySubmit(spend.Bytes, out reason), reason);
        Assert.True(chain.TrySubmit(spend.Bytes, out _)); // It waits already.
        Assert.Equal(201, chain.Mine());
        Assert.Contains(spend.Id, Ids(chain, 201));
        Refused("an output that it spends does not exist, or was spent", Spend(payment.Id, 0, 1).Bytes);

        void Refused(string reason, byte[] bytes)
        {
            Assert.False(chain.TrySubmit(bytes, out var told));
            Assert.Contains(reason, told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Reorganize_ReplacesBlocks_AndKeepsTheirTransactions()
    {
        var chain = Create();
        var id = chain.Pay(Script, 5_000);
        chain.Mine(5);
        var before = Enumerable.Range(0, 206).Select(height => Hash(chain.GetHash(height))).ToArray();
        Assert.Contains(Hash(id), Ids(chain, 201));

        Assert.Equal(206, chain.Reorganize(5));

        Assert.Equal(before[..201], Enumerable.Range(0, 201).Select(height => Hash(chain.GetHash(height))));
        Assert.All(Enumerable.Range(201, 5), height => Assert.NotEqual(before[height], Hash(chain.GetHash(height))));
        Assert.Contains(Hash(id), Ids(chain, 201));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Reorganize(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Reorganize(207));
        Assert.Equal(207, chain.Reorganize(206)); // What the coinbases of the old blocks paid is gone, with all that came of it.
        Assert.DoesNotContain(Hash(id), Enumerable.Range(1, 207).SelectMany(height => Ids(chain, height)));
    }

    [Fact]
    public void Constructor_BlocksOutOfRange_SaysSo()
    {
        Assert.Equal(["Blocks is -1; it must be from 0 to 10000."], new SandboxNetworkOptions { Blocks = -1 }.GetErrors());
        Assert.Equal(["Blocks is 10001; it must be from 0 to 10000."], new SandboxNetworkOptions { Blocks = 10_001 }.GetErrors());
    }

    private static ChainTransaction Spend(Hash256 previous, uint index, long value) =>
        ChainTransaction.Create([ChainTransaction.CreateInput(new(previous, index), [], [1, 2, 3])], [new(value, Script)]);

    private static ChainTransaction Waiting(SandboxChain chain, ReadOnlyMemory<byte> id) =>
        chain.Read(state => state.TryGetWaiting(Hash256.FromBytes(id.Span), out var transaction) ? transaction : throw new InvalidOperationException());

    private static Hash256[] Ids(SandboxChain chain, int height) => [.. chain.Read(state => state.Blocks[height].Transactions).Select(static transaction => transaction.Id)];

    private static DateTimeOffset Time(SandboxChain chain, int height) =>
        DateTimeOffset.FromUnixTimeSeconds(System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(chain.GetHeader(height).Span[68..]));

    private static Hash256 Hash(ReadOnlyMemory<byte> bytes) => Hash256.FromBytes(bytes.Span);

    private SandboxChain Create(Action<SandboxNetworkOptions>? configure = null)
    {
        var options = new SandboxNetworkOptions { TimeProvider = _time };
        configure?.Invoke(options);
        return new SandboxChain(options);
    }
}
