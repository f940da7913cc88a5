using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>
/// Serves the chain to one peer of a sandbox host, as far as the services of the host allow: headers, blocks, compact filters (BIP157) and
/// transactions, and announces what is new. What Bitcoin Core ignores or answers with an end is ignored.
/// </summary>
/// <param name="world">The sandbox.</param>
/// <param name="traits">The host.</param>
/// <param name="peer">The peer.</param>
internal sealed class SandboxChainServer(SandboxWorld world, SandboxTraits traits, BitcoinPeer peer)
{
    private const int MaxHeaders = 2_000;
    private const int MaxBlockHashes = 500;
    private const int MaxLocator = 101;
    private const int MaxInventory = 50_000;
    private const int MaxFilters = 1_000;
    private const int MaxFilterHashes = 2_000;
    private const int CheckpointInterval = 1_000;
    private const int MaxAnnounced = 8; // Of more blocks, peers announce only the last.
    private const int MaxAsked = 1_000; // Transactions of one announcement.
    private const int LimitedDepth = 288; // The blocks that NetworkLimited promises (BIP159).
    private const byte BasicFilter = 0;
    private const int WitnessFlag = 1 << 30;

    private readonly SandboxChain _chain = world.Chain;
    private volatile bool _wantsHeaders;
    private Hash256 _submitted; // The last transaction that the peer sent.

    /// <summary>Announces blocks and transactions until it is cancelled, without an exception then.</summary>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var known = _chain.GetPosition();
        while (!cancellationToken.IsCancellationRequested)
        {
            await _chain.WaitForNewsAsync(known, traits.Propagation, cancellationToken).ConfigureAwait(false);
            var now = _chain.GetPosition();
            if (now == known || cancellationToken.IsCancellationRequested)
                continue;
            var (blocks, transactions) = _chain.GetNews(known);
            if (blocks.Length > 0)
            {
                var wait = _chain.GetWait(blocks[^1].Mined, traits.Propagation);
                await Task.Delay(wait, world.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancellationToken.IsCancellationRequested)
                    return;
            }

            known = now;
            await AnnounceTransactionsAsync(transactions, cancellationToken).ConfigureAwait(false);
            await AnnounceBlocksAsync(blocks, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Answers a message, if it concerns the chain.</summary>
    public async ValueTask HandleAsync(BitcoinMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await AnswerAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (BitcoinProtocolException)
        {
            // A message that ends too early.
        }
    }

    private ValueTask AnswerAsync(BitcoinMessage message, CancellationToken cancellationToken)
    {
        var (command, payload) = (message.Command, message.Payload);
        if (command == MessageCommand.GetHeaders)
            return AnswerHeadersAsync(payload.Span, cancellationToken);
        if (command == MessageCommand.GetBlocks)
            return AnswerBlockHashesAsync(payload.Span, cancellationToken);
        if (command == MessageCommand.GetData)
            return AnswerDataAsync(payload, cancellationToken);
        if (command == MessageCommand.Inv)
            return AskForTransactionsAsync(payload.Span, cancellationToken);
        if (command == MessageCommand.GetCFilters)
            return AnswerFiltersAsync(payload, cancellationToken);
        if (command == MessageCommand.GetCFHeaders)
            return AnswerFilterHashesAsync(payload.Span, cancellationToken);
        if (command == MessageCommand.GetCFCheckpt)
            return AnswerCheckpointsAsync(payload.Span, cancellationToken);
        if (command == MessageCommand.Tx)
            TakeTransaction(payload.Span);
        else if (command == MessageCommand.SendHeaders)
            _wantsHeaders = true;
        return ValueTask.CompletedTask;
    }

    private async ValueTask AnnounceBlocksAsync(ChainBlock[] blocks, CancellationToken cancellationToken)
    {
        if (blocks.Length == 0)
            return;
        if (_wantsHeaders && blocks.Length <= MaxAnnounced)
        {
            await peer.SendAsync(MessageCommand.Headers, EncodeHeaders(blocks), cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var block in blocks.Length <= MaxAnnounced ? blocks : blocks[^1..])
            await peer.SendAsync(MessageCommand.Inv, EncodeInventory([(InventoryType.Block, block.Hash)]), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AnnounceTransactionsAsync(ChainTransaction[] transactions, CancellationToken cancellationToken)
    {
        var news = transactions.Where(transaction => transaction.WitnessId != _submitted).ToArray();
        if (news.Length == 0 || !peer.Version.Relay)
            return;
        var items = news.Select(transaction => peer.WantsWtxidRelay
            ? (InventoryType.TransactionByWtxid, transaction.WitnessId)
            : (InventoryType.Transaction, transaction.Id));
        await peer.SendAsync(MessageCommand.Inv, EncodeInventory([.. items]), cancellationToken).ConfigureAwait(false);
    }

    private ValueTask AnswerHeadersAsync(ReadOnlySpan<byte> payload, CancellationToken cancellationToken) =>
        FindAfterLocator(payload, MaxHeaders) is { } blocks ? peer.SendAsync(MessageCommand.Headers, EncodeHeaders(blocks), cancellationToken) : ValueTask.CompletedTask;

    private ValueTask AnswerBlockHashesAsync(ReadOnlySpan<byte> payload, CancellationToken cancellationToken) =>
        FindAfterLocator(payload, MaxBlockHashes) is { Length: > 0 } blocks
            ? peer.SendAsync(MessageCommand.Inv, EncodeInventory([.. blocks.Select(static block => (InventoryType.Block, block.Hash))]), cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>Finds the blocks after the first one of a locator that is in the chain.</summary>
    /// <returns>Null when the locator is too long.</returns>
    private ChainBlock[]? FindAfterLocator(ReadOnlySpan<byte> payload, int max)
    {
        var reader = new PayloadReader(payload, MessageCommand.GetHeaders, ProtocolViolation.BadPayload);
        reader.ReadInt32();
        var count = reader.ReadCompactSize();
        if (count > MaxLocator)
            return null;
        var locator = new Hash256[count];
        foreach (ref var hash in locator.AsSpan())
            hash = Hash256.FromBytes(reader.ReadBytes(Hash256.Size));
        var stop = Hash256.FromBytes(reader.ReadBytes(Hash256.Size));
        return _chain.Read(state =>
        {
            if (locator.Length == 0)
                return state.TryGetHeight(stop, out var only) ? [state.Blocks[only]] : [];
            var from = 0;
            foreach (var hash in locator)
            {
                if (state.TryGetHeight(hash, out from))
                    break;
            }

            var last = state.TryGetHeight(stop, out var end) && end > from ? end : state.Tip.Height;
            return state.Blocks.Skip(from + 1).Take(Math.Min(max, last - from)).ToArray();
        });
    }

    private async ValueTask AnswerDataAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        List<(InventoryType, Hash256)> missing = [];
        foreach (var (type, hash) in ReadInventory(payload.Span, MaxInventory))
        {
            var withWitnesses = ((int)type & WitnessFlag) != 0;
            switch ((InventoryType)((int)type & ~WitnessFlag))
            {
                case InventoryType.Block when FindBlock(hash) is { } block:
                    await peer.SendAsync(MessageCommand.Block, block.Serialize(withWitnesses), cancellationToken).ConfigureAwait(false);
                    break;
                case InventoryType.Transaction or InventoryType.TransactionByWtxid when FindTransaction(hash) is { } transaction:
                    var bytes = withWitnesses || type == InventoryType.TransactionByWtxid ? transaction.Bytes : transaction.Serialize(withWitnesses: false);
                    await peer.SendAsync(MessageCommand.Tx, bytes, cancellationToken).ConfigureAwait(false);
                    break;
                case InventoryType.Transaction or InventoryType.TransactionByWtxid:
                    missing.Add((type, hash));
                    break;
                default:
                    break; // A block that it has not: as Bitcoin Core, it says nothing.
            }
        }

        if (missing.Count > 0)
            await peer.SendAsync(MessageCommand.NotFound, EncodeInventory(missing), cancellationToken).ConfigureAwait(false);
    }

    private ChainBlock? FindBlock(Hash256 hash) => _chain.Read(state =>
        state.TryGetHeight(hash, out var height)
        && (traits.Services.HasFlag(NodeServices.Network) || (traits.Services.HasFlag(NodeServices.NetworkLimited) && height > state.Tip.Height - LimitedDepth))
            ? state.Blocks[height]
            : null);

    private ChainTransaction? FindTransaction(Hash256 hash) => _chain.Read(state => state.TryGetWaiting(hash, out var transaction) ? transaction : null);

    private ValueTask AskForTransactionsAsync(ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        var unknown = ReadInventory(payload, MaxInventory)
            .Where(item => item.Type is InventoryType.Transaction or InventoryType.TransactionByWtxid && FindTransaction(item.Hash) is null)
            .Take(MaxAsked)
            .Select(static item => (item.Type == InventoryType.Transaction ? InventoryType.WitnessTransaction : item.Type, item.Hash))
            .ToArray();
        return unknown.Length == 0 ? ValueTask.CompletedTask : peer.SendAsync(MessageCommand.GetData, EncodeInventory(unknown), cancellationToken);
    }

    private void TakeTransaction(ReadOnlySpan<byte> payload)
    {
        if (!ChainTransaction.TryParse(payload, out var transaction))
            return;
        _submitted = transaction.WitnessId;
        _chain.Submit(transaction);
    }

    private async ValueTask AnswerFiltersAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        foreach (var block in FindFiltered(payload.Span, hasStart: true, MaxFilters))
        {
            var writer = new PayloadWriter();
            writer.WriteByte(BasicFilter);
            writer.WriteBytes(block.Hash.ToArray());
            writer.WriteCompactSize((ulong)block.Filter.Length);
            writer.WriteBytes(block.Filter);
            await peer.SendAsync(MessageCommand.CFilter, writer.ToArray(), cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask AnswerFilterHashesAsync(ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        var blocks = FindFiltered(payload, hasStart: true, MaxFilterHashes);
        if (blocks.Length == 0)
            return ValueTask.CompletedTask;
        var before = blocks[0].Height == 0 ? default : _chain.Read(state => state.Blocks[blocks[0].Height - 1].FilterHeader);
        var writer = new PayloadWriter();
        writer.WriteByte(BasicFilter);
        writer.WriteBytes(blocks[^1].Hash.ToArray());
        writer.WriteBytes(before.ToArray());
        writer.WriteCompactSize((ulong)blocks.Length);
        foreach (var block in blocks)
            writer.WriteBytes(block.FilterHash.ToArray());
        return peer.SendAsync(MessageCommand.CFHeaders, writer.ToArray(), cancellationToken);
    }

    private ValueTask AnswerCheckpointsAsync(ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        var blocks = FindFiltered(payload, hasStart: false, int.MaxValue);
        if (blocks.Length == 0)
            return ValueTask.CompletedTask;
        var checkpoints = blocks.Where(static block => block.Height > 0 && block.Height % CheckpointInterval == 0).ToArray();
        var writer = new PayloadWriter();
        writer.WriteByte(BasicFilter);
        writer.WriteBytes(blocks[^1].Hash.ToArray());
        writer.WriteCompactSize((ulong)checkpoints.Length);
        foreach (var block in checkpoints)
            writer.WriteBytes(block.FilterHeader.ToArray());
        return peer.SendAsync(MessageCommand.CFCheckpt, writer.ToArray(), cancellationToken);
    }

    /// <summary>Reads a request of BIP157, and finds its blocks; none when it can't be answered.</summary>
    private ChainBlock[] FindFiltered(ReadOnlySpan<byte> payload, bool hasStart, int max)
    {
        var reader = new PayloadReader(payload, MessageCommand.GetCFilters, ProtocolViolation.BadPayload);
        var type = reader.ReadByte();
        var from = hasStart ? reader.ReadInt32() : 0;
        var stop = Hash256.FromBytes(reader.ReadBytes(Hash256.Size));
        if (type != BasicFilter || from < 0 || !traits.Services.HasFlag(NodeServices.CompactFilters))
            return [];
        return _chain.Read(state => state.TryGetHeight(stop, out var last) && from <= last && last - from < max
            ? state.Blocks.Skip(from).Take(last - from + 1).ToArray()
            : []);
    }

    private static byte[] EncodeHeaders(ChainBlock[] blocks)
    {
        var writer = new PayloadWriter();
        writer.WriteCompactSize((ulong)blocks.Length);
        foreach (var block in blocks)
        {
            writer.WriteBytes(block.Header);
            writer.WriteByte(0); // The number of transactions, which headers leave out.
        }

        return writer.ToArray();
    }

    private static (InventoryType Type, Hash256 Hash)[] ReadInventory(ReadOnlySpan<byte> payload, int max)
    {
        var reader = new PayloadReader(payload, MessageCommand.Inv, ProtocolViolation.BadPayload);
        var count = reader.ReadCompactSize();
        if (count > (ulong)max || count > (ulong)(reader.Remaining / (sizeof(int) + Hash256.Size)))
            return [];
        var items = new (InventoryType, Hash256)[count];
        foreach (ref var item in items.AsSpan())
            item = ((InventoryType)reader.ReadInt32(), Hash256.FromBytes(reader.ReadBytes(Hash256.Size)));
        return items;
    }

    private static byte[] EncodeInventory(IReadOnlyCollection<(InventoryType Type, Hash256 Hash)> items)
    {
        var writer = new PayloadWriter();
        writer.WriteCompactSize((ulong)items.Count);
        foreach (var (type, hash) in items)
        {
            writer.WriteInt32((int)type);
            writer.WriteBytes(hash.ToArray());
        }

        return writer.ToArray();
    }
}
