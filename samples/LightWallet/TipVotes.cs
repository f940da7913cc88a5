using System.Threading.Channels;
using Connmgr;

namespace LightWallet;

/// <summary>Counts the announcements of each block by netgroup, since one operator may run many nodes. Thread-safe.</summary>
internal sealed class TipVotes(int needed)
{
    private const int MaxBlocks = 64; // Inventing a block hash costs a peer nothing, so memory is bounded.

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<Netgroup>> _votes = [];
    private readonly Queue<string> _order = new();
    private readonly Channel<string> _agreed = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxBlocks) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Counts the announcement of a block by a peer of a group.</summary>
    public void Vote(string block, Netgroup group)
    {
        lock (_lock)
        {
            if (!_votes.TryGetValue(block, out var groups))
            {
                _votes[block] = groups = [];
                _order.Enqueue(block);
                if (_order.Count > MaxBlocks)
                    _votes.Remove(_order.Dequeue());
            }

            if (groups.Add(group) && groups.Count == needed)
                _agreed.Writer.TryWrite(block);
        }
    }

    /// <summary>Waits for the next block that enough groups announce.</summary>
    public ValueTask<string> NextAsync() => _agreed.Reader.ReadAsync();
}
