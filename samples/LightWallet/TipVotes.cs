using System.Threading.Channels;
using Connmgr;

namespace LightWallet;

/// <summary>Counts who announces which block. One operator may run many nodes, so it counts netgroups, not peers. Thread-safe.</summary>
internal sealed class TipVotes(int needed)
{
    private const int MaxBlocks = 64; // Peers make block hashes up for nothing: the memory for them has a bound.

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<Netgroup>> _votes = [];
    private readonly Queue<string> _order = new();
    private readonly Channel<string> _agreed = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxBlocks) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>A peer of a group announces a block.</summary>
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
