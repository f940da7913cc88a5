namespace Connmgr.Rules;

/// <summary>Something that waits for a moment: an entry of a <see cref="TimerHeap"/>. Each waits for one moment at a time.</summary>
internal abstract class Timed
{
    public TimeSpan Due { get; set; }

    /// <summary>Orders what is due at the same moment, so that runs repeat.</summary>
    public long Order { get; set; }

    /// <summary>The place in the heap, -1 when not in it.</summary>
    public int HeapIndex { get; set; } = -1;
}
