using Connmgr.Bitcoin;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/use-peers.md that is not in its sample.</summary>
internal static class UsePeers
{
    public static async Task<ReadOnlyMemory<byte>?> FetchAsync(
        BitcoinPeer peer, byte[] item, Func<ReadOnlyMemory<byte>, bool> isWanted, CancellationToken token)
    {
        // snippet: block
        try
        {
            var answer = await peer.RequestAsync(
                MessageCommand.GetData,
                item, // One InventoryType.WitnessBlock with its hash.
                [MessageCommand.Block, MessageCommand.NotFound],
                message => message.Command == MessageCommand.NotFound ? message.Payload.Span.SequenceEqual(item) : isWanted(message.Payload),
                cancellationToken: token);
            return answer.Command == MessageCommand.Block ? answer.Payload : null;
        }
        catch (TimeoutException)
        {
            peer.Close("it did not answer"); // Or ask another peer, and keep this one.
            return null;
        }
        // end
    }

    public static async Task<int> FetchFiltersAsync(BitcoinPeer peer, byte[] request, int count, CancellationToken token)
    {
        // snippet: filters
        var left = count;
        var filters = new List<ReadOnlyMemory<byte>>();
        await foreach (var filter in peer.RequestManyAsync(
            MessageCommand.GetCFilters, request, [MessageCommand.CFilter], isAnswer: null, isLast: _ => --left == 0, cancellationToken: token))
        {
            filters.Add(filter.Payload); // It belongs to you.
        }
        // end
        return filters.Count;
    }
}
