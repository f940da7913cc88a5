using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>
/// The pool of message buffers. <see cref="ArrayPool{T}.Shared"/> keeps every large array that was ever returned, some dozens of each size.
/// This pool keeps at most two of each size above 16 KiB, 16 MiB in all, and leaves the others to the garbage collector. Design W-7.
/// </summary>
internal sealed class ReceiveBuffers : ArrayPool<byte>
{
    private const int LongestShared = 16 * 1024;
    private const int KeptOfEachSize = 2;

    private readonly ArrayPool<byte> _large = Create(ReceiveBudget.LongestBuffer, KeptOfEachSize);

    private ReceiveBuffers()
    {
    }

    /// <summary>The pool of the process.</summary>
    public static ReceiveBuffers Instance { get; } = new();

    /// <inheritdoc/>
    public override byte[] Rent(int minimumLength) => (minimumLength <= LongestShared ? Shared : _large).Rent(minimumLength);

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        (array.Length <= LongestShared ? Shared : _large).Return(array, clearArray);
    }
}
