namespace Connmgr.Bitcoin;

/// <summary>The result of <see cref="PeerNetworkBroadcastExtensions.BroadcastPrivatelyAsync"/>. Immutable.</summary>
public sealed record PrivateBroadcastResult
{
    internal PrivateBroadcastResult()
    {
    }

    /// <summary>The txid of the transaction, 32 bytes in the order of the wire.</summary>
    public required ReadOnlyMemory<byte> TxId { get; init; }

    /// <summary>The wtxid of the transaction, 32 bytes in the order of the wire (BIP141).</summary>
    public required ReadOnlyMemory<byte> WtxId { get; init; }

    /// <summary>The number of peers that fetched the transaction, and confirmed that they have read it.</summary>
    public required int Recipients { get; init; }

    /// <summary>The number of connections that were tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>
    /// True when an ordinary outbound peer has announced the transaction, which shows that it spreads. Always false if
    /// <see cref="BitcoinPeerOptions.Relay"/> is false: then peers announce no transactions.
    /// </summary>
    public required bool IsReturned { get; init; }
}
