using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>A list of entries, linked by slot numbers, so that it takes no memory for each.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct EntryList
{
    private int _head; // The slot number plus 1; 0 when empty.
    private int _tail;

    /// <summary>The slot of the first entry; -1 when there is none.</summary>
    public readonly int First => _head - 1;

    /// <summary>The number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Appends an entry that is in no list.</summary>
    public void Append(EntryStore entries, int slot)
    {
        ref var entry = ref entries[slot];
        (entry.Next, entry.Previous) = (-1, _tail - 1);
        if (_tail == 0)
            _head = slot + 1;
        else
            entries[_tail - 1].Next = slot;
        _tail = slot + 1;
        Count++;
    }

    /// <summary>Appends all entries of another list, which must not be used again.</summary>
    public void Append(EntryStore entries, in EntryList other)
    {
        if (other.Count == 0)
            return;
        if (_tail == 0)
            _head = other._head;
        else
            (entries[_tail - 1].Next, entries[other.First].Previous) = (other.First, _tail - 1);
        _tail = other._tail;
        Count += other.Count;
    }

    /// <summary>Removes an entry, which is anywhere in the list.</summary>
    public void Remove(EntryStore entries, int slot)
    {
        ref var entry = ref entries[slot];
        if (entry.Previous >= 0)
            entries[entry.Previous].Next = entry.Next;
        else
            _head = entry.Next + 1;
        if (entry.Next >= 0)
            entries[entry.Next].Previous = entry.Previous;
        else
            _tail = entry.Previous + 1;
        Count--;
    }
}
