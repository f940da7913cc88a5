using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>
/// The messages that follow the handshake: getaddr, sendcmpct, ping, sendheaders and feefilter, in the order of Bitcoin Core. Has no state.
/// </summary>
internal static class PeerGreeting
{
    /// <summary>The version of compact blocks with witnesses (BIP152).</summary>
    private const ulong CompactBlocks = 2;

    /// <summary>Sends them. Only getaddr is waited for: a peer that takes nothing must not keep its messages from being read.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="options">The options of the node.</param>
    /// <param name="relaysTransactions">True if the peer was asked for transactions.</param>
    /// <param name="ask">Sends getaddr; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask SendAsync(
        BitcoinPeer peer,
        BitcoinPeerOptions options,
        bool relaysTransactions,
        Func<CancellationToken, ValueTask>? ask,
        CancellationToken cancellationToken)
    {
        if (ask is not null)
            await ask(cancellationToken).ConfigureAwait(false);
        if (options.SendCmpct != CompactBlockMode.None && peer.ProtocolVersion >= ProtocolVersions.FirstWithCompactBlocks)
            PostCompactBlocks(peer, options.SendCmpct);
        peer.KeepAlive.Begin();
        if (options.SendHeaders && peer.ProtocolVersion >= ProtocolVersions.FirstWithSendHeaders)
            peer.TryPost(MessageCommand.SendHeaders, default);
        if (options.FeeFilter is { } rate && relaysTransactions && peer.ProtocolVersion >= ProtocolVersions.FirstWithFeeFilter)
            PostFeeFilter(peer, rate);
    }

    private static void PostCompactBlocks(BitcoinPeer peer, CompactBlockMode mode)
    {
        Span<byte> payload = stackalloc byte[1 + sizeof(ulong)];
        payload[0] = mode == CompactBlockMode.HighBandwidth ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[1..], CompactBlocks);
        peer.TryPost(MessageCommand.SendCmpct, payload);
    }

    private static void PostFeeFilter(BitcoinPeer peer, long rate)
    {
        Span<byte> payload = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, rate);
        peer.TryPost(MessageCommand.FeeFilter, payload);
    }
}
