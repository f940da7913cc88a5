namespace Connmgr.Bitcoin;

/// <summary>
/// The memory of one peer's messages that have arrived and wait for the program: for its handler, or for the reader of a stream of answers.
/// It counts towards the receive budget. Thread-safe.
/// </summary>
/// <param name="openLease">Creates the lease that holds the bytes, when there are some for the first time.</param>
/// <param name="limit">The most bytes of the peer.</param>
internal sealed class HeldBytes(Func<ReceiveLease> openLease, int limit)
{
    /// <summary>The cost of a message in addition to its bytes: the objects that hold it. It limits the number of messages.</summary>
    public const int Cost = 256;

    /// <summary>The most bytes of a peer: two of the longest messages.</summary>
    public const int DefaultLimit = 2 * ReceiveBudget.LongestBuffer;

    /// <summary>The bytes that are free, as the first buffer of a reader is.</summary>
    public const int Free = 4096;

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private ReceiveLease? _lease;
    private int _bytes;
    private bool _isClosed; // True once the peer has ended: what its program still keeps costs nothing any more.

    /// <summary>The bytes that are held, with the cost of each message.</summary>
    public int Bytes
    {
        get
        {
            lock (_lock)
                return _bytes;
        }
    }

    /// <summary>Adds a message, if there is room for it.</summary>
    /// <param name="length">The length of its payload.</param>
    /// <param name="isRequested">
    /// True for an answer that the program waits for. While nothing else is held, there is always room for one: its reader's buffer may have
    /// taken what was left of the budget, and nothing would set that free. The answer of a request with one answer does not count either.
    /// </param>
    public bool TryAdd(int length, bool isRequested = false)
    {
        lock (_lock)
        {
            var bytes = _bytes + length + Cost;
            if (bytes > limit && _bytes > 0)
                return false;
            if (bytes > Free && !_isClosed && !(_lease ??= openLease()).TryHold(ReceiveBudget.GetCharge(bytes)) && !(isRequested && _bytes == 0))
                return false;

            _bytes = bytes;
            return true;
        }
    }

    /// <summary>Removes a message that was added.</summary>
    /// <param name="length">The length of its payload.</param>
    public void Remove(int length)
    {
        lock (_lock)
        {
            _bytes -= length + Cost;
            if (_bytes == 0)
                _lease?.Release();
        }
    }

    /// <summary>Returns the memory to the budget when the peer has ended.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _lease?.Release();
        }
    }
}
