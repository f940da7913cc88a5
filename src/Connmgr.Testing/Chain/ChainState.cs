using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static Connmgr.Testing.ChainTransaction;

namespace Connmgr.Testing;

/// <summary>
/// The blocks, the unspent outputs, and the transactions that wait for a block. Everything follows from the seed and the calls. Not thread-safe.
/// </summary>
internal sealed class ChainState
{
    public const long Fee = 1_000;

    private const int Maturity = 100; // Blocks until the output of a coinbase may be spent.
    private const int HalvingInterval = 150;
    private const int MaxHalvings = 64;
    private const int BlockVersion = 0x2000_0000;
    private const int MaxBlockWeight = 3_900_000; // With room for the coinbase.
    private const int MaxWaiting = 5_000;
    private const long MaxMoney = 21_000_000 * Coin;
    private const long Coin = 100_000_000;

    /// <summary>The witness script of the chain's own coins: anyone may spend them, without a key.</summary>
    private static readonly byte[] Anyone = [0x51];

    /// <summary>Its P2WSH output.</summary>
    private static readonly byte[] OwnScript = [0x00, 0x20, .. SHA256.HashData(Anyone)];

    private readonly int _seed;
    private readonly List<ChainBlock> _blocks = [];
    private readonly Dictionary<Hash256, int> _heights = [];
    private readonly Dictionary<OutPoint, Unspent> _coins = [];
    private readonly List<ChainTransaction> _waiting = []; // Each after those that it spends.
    private readonly Dictionary<Hash256, ChainTransaction> _waitingByHash = []; // With and without witnesses.
    private readonly Dictionary<OutPoint, Unspent> _promised = []; // The outputs of those that wait.
    private readonly HashSet<OutPoint> _taken = []; // What those that wait spend.
    private int _branch;

    public ChainState(int seed)
    {
        _seed = seed;
        Append(ChainBlock.Mine(null, 1, Genesis.Time, TimeSpan.Zero, [Genesis.Coinbase], []));
    }

    public IReadOnlyList<ChainBlock> Blocks => _blocks;

    public ChainBlock Tip => _blocks[^1];

    public bool TryGetHeight(Hash256 block, out int height) => _heights.TryGetValue(block, out height);

    public bool TryGetWaiting(Hash256 hash, [NotNullWhen(true)] out ChainTransaction? transaction) => _waitingByHash.TryGetValue(hash, out transaction);

    /// <summary>Appends a block with what waits.</summary>
    /// <param name="now">The time, in seconds since 1970; the header has a later one if the rules demand it.</param>
    /// <param name="mined">The time since the chain began to grow.</param>
    public void Mine(long now, TimeSpan mined)
    {
        AddPaymentToStrangers();
        var height = Tip.Height + 1;
        List<ChainTransaction> chosen = [];
        var (fees, weight) = (0L, 0);
        List<byte[]> spent = [];
        HashSet<Hash256> left = [];
        foreach (var transaction in _waiting)
        {
            // Whatever spends an output that is left for a later block is left as well.
            if (weight + transaction.Weight > MaxBlockWeight || transaction.Inputs.Any(input => left.Contains(input.Previous.Transaction)))
            {
                left.Add(transaction.Id);
                continue;
            }

            chosen.Add(transaction);
            weight += transaction.Weight;
            var coins = transaction.Inputs.Select(input => GetCoin(input.Previous)!.Value).ToArray();
            spent.AddRange(coins.Select(static coin => coin.Script));
            fees += coins.Sum(static coin => coin.Value) - transaction.Outputs.Sum(static output => output.Value);
        }

        var median = _blocks.TakeLast(11).Select(static block => block.Time).Order().ElementAt(Math.Min(_blocks.Count, 11) / 2);
        var time = (uint)Math.Clamp(now, median + 1L, uint.MaxValue);
        Append(ChainBlock.Mine(Tip, BlockVersion, time, mined, [CreateCoinbase(height, fees, chosen), .. chosen], spent));
        Rebuild([.. _waiting.Where(transaction => left.Contains(transaction.Id))]);
    }

    /// <summary>Removes the last blocks. Their transactions wait again, as far as they remain valid.</summary>
    public void Rewind(int count)
    {
        var removed = _blocks[^count..];
        _blocks.RemoveRange(_blocks.Count - count, count);
        _heights.Clear();
        _coins.Clear();
        foreach (var block in _blocks)
            Apply(block);
        _branch++;
        Rebuild([.. removed.SelectMany(static block => block.Transactions).Where(static transaction => !transaction.IsCoinbase), .. _waiting]);
    }

    /// <summary>Adds a transaction to those that wait. Scripts and signatures are not verified.</summary>
    /// <returns>The reason why it is not valid; null when it was added or waits already.</returns>
    public string? Add(ChainTransaction transaction)
    {
        if (_waitingByHash.ContainsKey(transaction.WitnessId))
            return null;
        if (transaction.IsCoinbase)
            return "it is a coinbase";
        if (_waiting.Count >= MaxWaiting)
            return Invariant($"{MaxWaiting} transactions wait for a block already");
        var value = 0L;
        HashSet<OutPoint> own = [];
        foreach (var input in transaction.Inputs)
        {
            if (GetCoin(input.Previous) is not { } coin)
                return "an output that it spends does not exist, or was spent";
            if (_taken.Contains(input.Previous) || !own.Add(input.Previous))
                return "an output that it spends is spent by another transaction, or twice";
            if (coin.MatureAt > Tip.Height + 1)
                return Invariant($"an output that it spends is of a coinbase, and can be spent in block {coin.MatureAt}");
            value += coin.Value;
        }

        foreach (var output in transaction.Outputs)
        {
            if (output.Value is < 0 or > MaxMoney)
                return "the value of an output is out of range";
            value -= output.Value;
        }

        if (value < 0)
            return Invariant($"its outputs are worth {-value} satoshis more than its inputs");
        Keep(transaction);
        return null;
    }

    /// <summary>Creates a transaction that pays coins of the chain to a script, and adds it to those that wait.</summary>
    /// <returns>Null when the chain has no coins of that value.</returns>
    public ChainTransaction? Pay(ReadOnlySpan<byte> script, long value)
    {
        var sum = 0L;
        List<Input> inputs = [];
        foreach (var (place, coin) in _promised.Concat(_coins))
        {
            if (_taken.Contains(place) || coin.MatureAt > Tip.Height + 1 || !coin.Script.AsSpan().SequenceEqual(OwnScript))
                continue;
            inputs.Add(CreateInput(place, [], Anyone));
            sum += coin.Value;
            if (sum >= value + Fee)
                break;
        }

        if (sum < value + Fee)
            return null;
        Output payment = new(value, script.ToArray());
        var change = sum - value - Fee;
        var transaction = Create([.. inputs], change > 0 ? [payment, new(change, OwnScript)] : [payment]);
        Keep(transaction);
        return transaction;
    }

    private void Keep(ChainTransaction transaction)
    {
        _waiting.Add(transaction);
        _waitingByHash[transaction.Id] = _waitingByHash[transaction.WitnessId] = transaction;
        _taken.UnionWith(transaction.Inputs.Select(static input => input.Previous));
        for (var i = 0; i < transaction.Outputs.Length; i++)
            _promised.Add(new(transaction.Id, (uint)i), new(transaction.Outputs[i], MatureAt: 0));
    }

    /// <summary>Lets these transactions wait, as far as they are valid now, instead of those that did.</summary>
    private void Rebuild(ChainTransaction[] waiting)
    {
        _waiting.Clear();
        _waitingByHash.Clear();
        _promised.Clear();
        _taken.Clear();
        foreach (var transaction in waiting)
            Add(transaction);
    }

    /// <summary>Adds a payment to two keys that do not exist, for each second block, so that it is not empty.</summary>
    private void AddPaymentToStrangers()
    {
        var height = Tip.Height + 1;
        if (height % 2 == 0 || height < Maturity + 1)
            return;
        var place = new OutPoint(_blocks[height - Maturity].Transactions[0].Id, 0);
        if (_taken.Contains(place) || !_coins.TryGetValue(place, out var coin) || coin.Value < 2 * Fee)
            return;
        var first = (coin.Value - Fee) / 3;
        Add(Create([CreateInput(place, [], Anyone)], [new(first, Stranger(0)), new(coin.Value - Fee - first, Stranger(1))]));

        byte[] Stranger(int number)
        {
            Span<byte> source = stackalloc byte[3 * sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(source, _seed);
            BinaryPrimitives.WriteInt32LittleEndian(source[sizeof(int)..], height);
            BinaryPrimitives.WriteInt32LittleEndian(source[(2 * sizeof(int))..], number);
            return [0x00, 0x14, .. SHA256.HashData(source).AsSpan(0, 20)];
        }
    }

    private ChainTransaction CreateCoinbase(int height, long fees, List<ChainTransaction> others)
    {
        var halvings = height / HalvingInterval;
        var value = fees + (halvings < MaxHalvings ? 50 * Coin >> halvings : 0);
        byte[] reserved = new byte[Hash256.Size];
        var root = Hash256.ComputeRoot([default, .. others.Select(static transaction => transaction.WitnessId)]);
        byte[] commitment = [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed, .. Hash256.Compute(root, Hash256.FromBytes(reserved)).ToArray()];
        Span<byte> unique = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(unique, _seed);
        BinaryPrimitives.WriteInt32LittleEndian(unique[sizeof(int)..], _branch);
        byte[] script = [.. PushNumber(height), (byte)unique.Length, .. unique];
        return Create([CreateInput(OutPoint.Null, script, reserved)], [new(value, OwnScript), new(0, commitment)]);
    }

    /// <summary>Encodes the height at the beginning of a coinbase (BIP34).</summary>
    private static byte[] PushNumber(int number)
    {
        if (number <= 16)
            return [(byte)(0x50 + number)];
        List<byte> bytes = [];
        for (; number > 0; number >>= 8)
            bytes.Add((byte)number);
        if (bytes[^1] >= 0x80)
            bytes.Add(0);
        return [(byte)bytes.Count, .. bytes];
    }

    private Unspent? GetCoin(OutPoint place) => _promised.TryGetValue(place, out var coin) || _coins.TryGetValue(place, out coin) ? coin : null;

    private void Append(ChainBlock block)
    {
        _blocks.Add(block);
        Apply(block);
    }

    private void Apply(ChainBlock block)
    {
        _heights.Add(block.Hash, block.Height);
        foreach (var transaction in block.Transactions)
        {
            foreach (var input in transaction.Inputs)
                _coins.Remove(input.Previous);
            for (var i = 0; block.Height > 0 && i < transaction.Outputs.Length; i++) // The first coinbase can't be spent.
                _coins.Add(new(transaction.Id, (uint)i), new(transaction.Outputs[i], transaction.IsCoinbase ? block.Height + Maturity : 0));
        }
    }

    /// <param name="Output">The output.</param>
    /// <param name="MatureAt">The height of the first block that may spend it.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Unspent(Output Output, int MatureAt)
    {
        public long Value => Output.Value;

        public byte[] Script => Output.Script;
    }

    /// <summary>The first block of regtest.</summary>
    private static class Genesis
    {
        public const uint Time = 1_296_688_602;

        private static readonly byte[] Key = Convert.FromHexString(
            "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f");

        public static ChainTransaction Coinbase { get; } = Create(
            [CreateInput(OutPoint.Null, [0x04, 0xff, 0xff, 0x00, 0x1d, 0x01, 0x04, 0x45, .. "The Times 03/Jan/2009 Chancellor on brink of second bailout for banks"u8])],
            [new(50 * Coin, [(byte)Key.Length, .. Key, 0xac])],
            version: 1);
    }
}
