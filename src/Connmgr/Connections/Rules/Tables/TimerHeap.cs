namespace Connmgr.Rules;

/// <summary>An entry of a <see cref="TimerHeap"/>, which waits for one moment at a time.</summary>
internal abstract class Timed
{
    public TimeSpan Due { get; set; }

    /// <summary>The order of entries that are due at the same time, so that runs are repeatable.</summary>
    public long Order { get; set; }

    /// <summary>The index in the heap; -1 if it is not in the heap.</summary>
    public int HeapIndex { get; set; } = -1;
}

/// <summary>
/// The times that the rules wait for, the earliest first. Setting and clearing cost O(log n) and allocate nothing once it has grown.
/// </summary>
internal sealed class TimerHeap
{
    private Timed[] _items = new Timed[16];
    private long _order;

    public int Count { get; private set; }

    public Timed? First => Count == 0 ? null : _items[0];

    /// <summary>Makes an entry wait for <paramref name="due"/> instead of any earlier time.</summary>
    public void Set(Timed item, TimeSpan due)
    {
        if (item.HeapIndex < 0)
        {
            if (Count == _items.Length)
                Array.Resize(ref _items, Count * 2);
            Place(item, Count++);
        }

        item.Due = due;
        item.Order = ++_order;
        SiftUp(item.HeapIndex);
        SiftDown(item.HeapIndex);
    }

    public void Clear(Timed item)
    {
        var index = item.HeapIndex;
        if (index < 0)
            return;
        item.HeapIndex = -1;
        var last = _items[--Count];
        _items[Count] = null!;
        if (ReferenceEquals(last, item))
            return;
        Place(last, index);
        SiftUp(index);
        SiftDown(last.HeapIndex);
    }

    private static bool Before(Timed a, Timed b) => a.Due < b.Due || (a.Due == b.Due && a.Order < b.Order);

    private void Place(Timed item, int index)
    {
        _items[index] = item;
        item.HeapIndex = index;
    }

    private void SiftUp(int index)
    {
        var item = _items[index];
        while (index > 0 && Before(item, _items[(index - 1) / 2]))
        {
            Place(_items[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(item, index);
    }

    private void SiftDown(int index)
    {
        var item = _items[index];
        for (var child = 2 * index + 1; child < Count; child = 2 * index + 1)
        {
            if (child + 1 < Count && Before(_items[child + 1], _items[child]))
                child++;
            if (!Before(_items[child], item))
                break;
            Place(_items[child], index);
            index = child;
        }

        Place(item, index);
    }
}
