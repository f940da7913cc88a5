using System.Buffers;

namespace Connmgr.Testing;

/// <summary>A queue of bytes in a rented array that grows with it and is returned as soon as it is empty.</summary>
internal struct RingBuffer
{
    private const int SmallestSize = 256;

    private byte[]? _array;
    private int _head;

    public int Count { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        Grow(Count + bytes.Length);
        var tail = (_head + Count) % _array!.Length;
        var first = Math.Min(bytes.Length, _array.Length - tail);
        bytes[..first].CopyTo(_array.AsSpan(tail));
        bytes[first..].CopyTo(_array);
        Count += bytes.Length;
    }

    /// <summary>Moves the oldest bytes, as many as <paramref name="target"/> holds; there must be that many.</summary>
    public void Take(Span<byte> target)
    {
        Copy(target);
        Drop(target.Length);
    }

    /// <summary>Drops the newest bytes so that this many are left.</summary>
    public void Truncate(int count)
    {
        Count = count;
        if (count == 0) Release();
    }

    private readonly void Copy(Span<byte> target)
    {
        if (target.IsEmpty) return;
        var first = Math.Min(target.Length, _array!.Length - _head);
        _array.AsSpan(_head, first).CopyTo(target);
        _array.AsSpan(0, target.Length - first).CopyTo(target[first..]);
    }

    private void Drop(int count)
    {
        Count -= count;
        if (Count == 0) Release();
        else _head = (_head + count) % _array!.Length;
    }

    private void Grow(int needed)
    {
        if (_array is not null && _array.Length >= needed) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, SmallestSize));
        Copy(larger.AsSpan(0, Count));
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
        _head = 0;
    }

    private void Release()
    {
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array);
        _array = null;
        _head = 0;
    }
}
