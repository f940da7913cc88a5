using System.Diagnostics.CodeAnalysis;

namespace Connmgr.Bitcoin;

/// <summary>
/// The entries of a <see cref="FrontierTable"/> in blocks, with an index by address. A slot keeps its number, and a growing store copies no
/// entry. Not thread-safe.
/// </summary>
internal sealed class EntryStore
{
    private const int BlockBits = 9;
    private const int BlockSize = 1 << BlockBits;

    private readonly List<FrontierEntry[]> _blocks = [];
    private int[] _buckets = new int[BlockSize]; // The first slot of each hash of a host, plus 1; a power of two, at least the number of slots.
    private int _firstFree = -1;

    /// <summary>The number of addresses.</summary>
    public int Count { get; private set; }

    /// <summary>The number of slots that have been used.</summary>
    public int Slots { get; private set; }

    /// <summary>The entry in a slot.</summary>
    [SuppressMessage("Design", "MA0012", Justification = "A slot is always valid.")]
    public ref FrontierEntry this[int slot] => ref _blocks[slot >> BlockBits][slot & (BlockSize - 1)];

    /// <summary>Finds the slot of an address; -1 if it is not there.</summary>
    public int Find(in NetworkEndPoint endPoint) => Find(endPoint, out _);

    /// <summary>Finds the slot of an address; -1 if it is not there.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="ofHost">The number of addresses of its host, if it is not there.</param>
    public int Find(in NetworkEndPoint endPoint, out int ofHost)
    {
        ofHost = 0;
        var slot = _buckets[BucketOf(endPoint)] - 1;
        while (slot >= 0)
        {
            ref var entry = ref this[slot];
            if (entry.EndPoint == endPoint)
                break;
            if (entry.EndPoint.Address == endPoint.Address)
                ofHost++;
            slot = entry.NextOfHash;
        }

        return slot;
    }

    /// <summary>Adds an address that is not there, and returns its slot.</summary>
    public int Add(in NetworkEndPoint endPoint)
    {
        var slot = _firstFree;
        if (slot >= 0)
        {
            _firstFree = this[slot].Next;
        }
        else
        {
            slot = Slots++;
            if (slot >> BlockBits == _blocks.Count)
                _blocks.Add(new FrontierEntry[BlockSize]);
            if (Slots > _buckets.Length)
                Grow();
        }

        this[slot] = new() { EndPoint = endPoint };
        Link(slot);
        Count++;
        return slot;
    }

    /// <summary>Removes the address in a slot, which must be in no list.</summary>
    public void Remove(int slot)
    {
        ref var entry = ref this[slot];
        ref var link = ref _buckets[BucketOf(entry.EndPoint)];
        if (link == slot + 1)
        {
            link = entry.NextOfHash + 1;
        }
        else
        {
            var before = link - 1;
            while (this[before].NextOfHash != slot)
                before = this[before].NextOfHash;
            this[before].NextOfHash = entry.NextOfHash;
        }

        entry = new() { Next = _firstFree };
        _firstFree = slot;
        Count--;
    }

    // By the host alone, so that all addresses of a host are in one chain and can be counted.
    private int BucketOf(in NetworkEndPoint endPoint) => endPoint.Address.GetHashCode() & (_buckets.Length - 1);

    private void Link(int slot)
    {
        ref var entry = ref this[slot];
        ref var bucket = ref _buckets[BucketOf(entry.EndPoint)];
        entry.NextOfHash = bucket - 1;
        bucket = slot + 1;
    }

    private void Grow()
    {
        _buckets = new int[_buckets.Length * 2];
        for (var slot = 0; slot < Slots - 1; slot++) // All slots are in use when the store grows; the last is linked by its caller.
            Link(slot);
    }
}
