using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Connmgr.Bitcoin;

/// <summary>
/// The types of items in inv, getdata and notfound messages: four bytes before each hash. The flag for witnesses, 0x40000000, belongs in
/// getdata only (BIP144).
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<InventoryType>))]
[SuppressMessage("Design", "CA1028", Justification = "The field on the wire is an unsigned integer of 32 bits.")]
public enum InventoryType : uint
{
    /// <summary>No type. Bitcoin Core ignores such items.</summary>
    None = 0,

    /// <summary>MSG_TX: a transaction, by its txid.</summary>
    Transaction = 1,

    /// <summary>MSG_BLOCK: a block.</summary>
    Block = 2,

    /// <summary>MSG_FILTERED_BLOCK: a block as merkleblock, by the bloom filter of the receiver (BIP37).</summary>
    FilteredBlock = 3,

    /// <summary>MSG_CMPCT_BLOCK: a block as cmpctblock (BIP152).</summary>
    CompactBlock = 4,

    /// <summary>MSG_WTX: a transaction, by its wtxid (BIP339).</summary>
    TransactionByWtxid = 5,

    /// <summary>MSG_WITNESS_TX: a transaction with its witnesses, by its txid (BIP144).</summary>
    WitnessTransaction = 0x4000_0001,

    /// <summary>MSG_WITNESS_BLOCK: a block with its witnesses (BIP144).</summary>
    WitnessBlock = 0x4000_0002,
}
