using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>A transaction of the sandbox's chain (BIP144). Immutable.</summary>
internal sealed class ChainTransaction
{
    /// <summary>The size of the largest transaction that nodes relay, with witnesses, in bytes.</summary>
    public const int MaxSize = 400_000;

    private const int CurrentVersion = 2;
    private const int SmallestInput = 41;
    private const int SmallestOutput = 9;
    private const uint FinalSequence = 0xffff_ffff;

    private ChainTransaction(int version, ImmutableArray<Input> inputs, ImmutableArray<Output> outputs, uint lockTime)
    {
        (Version, Inputs, Outputs, LockTime) = (version, inputs, outputs, lockTime);
        var stripped = Serialize(withWitnesses: false);
        Bytes = HasWitnesses ? Serialize(withWitnesses: true) : stripped;
        (Id, WitnessId) = (Hash256.Compute(stripped), Hash256.Compute(Bytes));
        Weight = 3 * stripped.Length + Bytes.Length;
    }

    public ImmutableArray<Input> Inputs { get; }

    public ImmutableArray<Output> Outputs { get; }

    /// <summary>The hash without witnesses (txid).</summary>
    public Hash256 Id { get; }

    /// <summary>The hash with witnesses (wtxid).</summary>
    public Hash256 WitnessId { get; }

    /// <summary>The bytes, with witnesses.</summary>
    public byte[] Bytes { get; }

    public int Weight { get; }

    public bool IsCoinbase => Inputs is [{ Previous.IsNull: true }];

    private int Version { get; }

    private uint LockTime { get; }

    private bool HasWitnesses => Inputs.Any(static input => !input.Witness.IsEmpty);

    public static ChainTransaction Create(ImmutableArray<Input> inputs, ImmutableArray<Output> outputs, int version = CurrentVersion) =>
        new(version, inputs, outputs, lockTime: 0);

    /// <summary>Creates an input without a signature.</summary>
    public static Input CreateInput(OutPoint previous, byte[] script, params ImmutableArray<byte[]> witness) => new(previous, script, FinalSequence, witness);

    /// <summary>Reads a transaction. Nothing may follow it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ChainTransaction? transaction)
    {
        transaction = null;
        if (bytes.Length > MaxSize)
            return false;
        try
        {
            var reader = new PayloadReader(bytes, MessageCommand.Tx, ProtocolViolation.BadPayload);
            transaction = Parse(ref reader);
            return transaction is not null && reader.IsAtEnd;
        }
        catch (BitcoinProtocolException)
        {
            return false;
        }
    }

    /// <summary>Returns the bytes without witnesses, or with them.</summary>
    public byte[] Serialize(bool withWitnesses)
    {
        var writer = new PayloadWriter();
        writer.WriteInt32(Version);
        if (withWitnesses)
            writer.WriteBytes([0, 1]);
        writer.WriteCompactSize((ulong)Inputs.Length);
        foreach (var input in Inputs)
        {
            writer.WriteBytes(input.Previous.Transaction.ToArray());
            writer.WriteInt32((int)input.Previous.Index);
            WriteScript(writer, input.Script);
            writer.WriteInt32((int)input.Sequence);
        }

        writer.WriteCompactSize((ulong)Outputs.Length);
        foreach (var output in Outputs)
        {
            writer.WriteInt64(output.Value);
            WriteScript(writer, output.Script);
        }

        foreach (var input in withWitnesses ? Inputs : [])
        {
            writer.WriteCompactSize((ulong)input.Witness.Length);
            foreach (var item in input.Witness)
                WriteScript(writer, item);
        }

        writer.WriteInt32((int)LockTime);
        return writer.ToArray();
    }

    private static ChainTransaction? Parse(ref PayloadReader reader)
    {
        var version = reader.ReadInt32();
        var count = reader.ReadCompactSize();
        var hasWitnesses = count == 0;
        if (hasWitnesses)
        {
            if (reader.ReadByte() != 1)
                return null;
            count = reader.ReadCompactSize();
        }

        if (count == 0 || count > (ulong)(reader.Remaining / SmallestInput))
            return null;
        var inputs = new Input[count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var previous = new OutPoint(Hash256.FromBytes(reader.ReadBytes(Hash256.Size)), (uint)reader.ReadInt32());
            inputs[i] = new(previous, ReadScript(ref reader), (uint)reader.ReadInt32(), []);
        }

        count = reader.ReadCompactSize();
        if (count == 0 || count > (ulong)(reader.Remaining / SmallestOutput))
            return null;
        var outputs = new Output[count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = new(reader.ReadInt64(), ReadScript(ref reader));

        for (var i = 0; hasWitnesses && i < inputs.Length; i++)
        {
            count = reader.ReadCompactSize();
            if (count > (ulong)reader.Remaining)
                return null;
            var witness = new byte[count][];
            for (var j = 0; j < witness.Length; j++)
                witness[j] = ReadScript(ref reader);
            inputs[i] = inputs[i] with { Witness = ImmutableCollectionsMarshal.AsImmutableArray(witness) };
        }

        var lockTime = (uint)reader.ReadInt32();
        return new(version, ImmutableCollectionsMarshal.AsImmutableArray(inputs), ImmutableCollectionsMarshal.AsImmutableArray(outputs), lockTime);
    }

    private static void WriteScript(PayloadWriter writer, byte[] script)
    {
        writer.WriteCompactSize((ulong)script.Length);
        writer.WriteBytes(script);
    }

    private static byte[] ReadScript(ref PayloadReader reader)
    {
        var length = reader.ReadCompactSize();
        return reader.ReadBytes(length <= MaxSize ? (int)length : int.MaxValue).ToArray();
    }

    /// <summary>An output of a transaction, by its place.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct OutPoint(Hash256 Transaction, uint Index)
    {
        /// <summary>The reference of a coinbase's input.</summary>
        public static OutPoint Null { get; } = new(default, uint.MaxValue);

        public bool IsNull => this == Null;
    }

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Input(OutPoint Previous, byte[] Script, uint Sequence, ImmutableArray<byte[]> Witness);

    /// <param name="Value">In satoshis.</param>
    /// <param name="Script">The scriptPubKey.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Output(long Value, byte[] Script);
}
