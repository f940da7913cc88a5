using System.Buffers;
using System.Collections.Concurrent;

namespace Connmgr.Bitcoin.Tests;

/// <summary>A pool that knows what is rented, and spoils what is returned, so that use after return shows.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly ConcurrentDictionary<byte[], bool> _rented = new();
    private long _bytes;

    /// <summary>The bytes rented now.</summary>
    public long RentedBytes => Interlocked.Read(ref _bytes);

    /// <summary>The most bytes ever rented at once.</summary>
    public long Peak { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[minimumLength];
        _rented[array] = true;
        Peak = Math.Max(Peak, Interlocked.Add(ref _bytes, array.Length));
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (!_rented.TryRemove(array, out _))
            throw new InvalidOperationException("A buffer was returned twice, or never rented.");

        Array.Fill(array, (byte)0xdd);
        Interlocked.Add(ref _bytes, -array.Length);
    }
}
