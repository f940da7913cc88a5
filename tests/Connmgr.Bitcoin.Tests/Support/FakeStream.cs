namespace Connmgr.Bitcoin.Tests;

/// <summary>
/// One end of a connection, played by the test: <see cref="Feed"/> is what the peer sends, <see cref="Written"/> what it is sent. A read
/// never crosses the boundary between two fed chunks. Thread-safe.
/// </summary>
internal sealed class FakeStream : AsyncOnlyStream
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _incoming = new();
    private readonly MemoryStream _written = new();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _idle = NewSignal();
    private TaskCompletionSource _stalled = NewSignal();
    private bool _ended;
    private bool _isWaiting;
    private Exception? _failure;
    private Exception? _failureAtEnd;
    private int _writesLeft = int.MaxValue;
    private int _writing;

    /// <summary>True to return from zero-byte reads at once instead of waiting for data.</summary>
    public bool ZeroByteReadsReturnAtOnce { get; init; }

    /// <summary>Called within each write, before it completes.</summary>
    public Func<ValueTask>? DuringWrite { get; init; }

    /// <summary>Called after each write.</summary>
    public Action? AfterWrite { get; init; }

    /// <summary>The number of reads with a buffer.</summary>
    public int Reads { get; private set; }

    /// <summary>The lengths of the buffers offered to reads, the greatest one.</summary>
    public int GreatestRead { get; private set; }

    /// <summary>True when two writes were ever under way at once.</summary>
    public bool WritesOverlapped { get; private set; }

    /// <summary>A task that completes when a zero-byte read waits and all that was fed is read.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
                return _idle.Task;
        }
    }

    /// <summary>A task that completes when a write is held by <see cref="StallWritesAfter"/>.</summary>
    public Task Stalled => _stalled.Task;

    /// <summary>
    /// True when only the peer or time can change anything: all that was fed is read and a read waits for more, or a write is held.
    /// </summary>
    public bool IsStuck
    {
        get
        {
            lock (_lock)
                return _isWaiting || _stalled.Task.IsCompleted;
        }
    }

    public byte[] Written
    {
        get
        {
            lock (_lock)
                return _written.ToArray();
        }
    }

    public FakeStream Feed(params ReadOnlySpan<byte> chunk)
    {
        lock (_lock)
        {
            if (chunk.Length > 0)
                _incoming.Enqueue(chunk.ToArray());

            Signal();
        }

        return this;
    }

    /// <summary>Closes the peer's side.</summary>
    public FakeStream End()
    {
        lock (_lock)
        {
            _ended = true;
            Signal();
        }

        return this;
    }

    /// <summary>Breaks the connection.</summary>
    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure = failure;
            Signal();
        }
    }

    /// <summary>Breaks the connection once all that was fed is read.</summary>
    public void FailAtEnd(Exception failure)
    {
        lock (_lock)
        {
            _failureAtEnd = failure;
            Signal();
        }
    }

    /// <summary>Lets this many more writes pass and holds the next until its token is cancelled.</summary>
    public FakeStream StallWritesAfter(int writes)
    {
        _writesLeft = writes;
        return this;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            lock (_lock)
            {
                if (TryRead(buffer) is { } read)
                    return read;

                if (buffer.IsEmpty)
                    _idle.TrySetResult();

                _isWaiting = true;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref _writing) > 1)
            WritesOverlapped = true;

        try
        {
            if (Interlocked.Decrement(ref _writesLeft) < 0)
            {
                _stalled.TrySetResult();
                await NewSignal().Task.WaitAsync(cancellationToken);
            }

            if (DuringWrite is not null)
                await DuringWrite();

            lock (_lock)
                _written.Write(buffer.Span);
            AfterWrite?.Invoke();
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    private int? TryRead(Memory<byte> buffer)
    {
        if (_failure is not null)
            throw _failure;

        if (_failureAtEnd is not null && _incoming.Count == 0)
            throw _failureAtEnd;

        if (buffer.IsEmpty)
            return _incoming.Count > 0 || _ended || ZeroByteReadsReturnAtOnce ? 0 : null;

        Reads++;
        GreatestRead = Math.Max(GreatestRead, buffer.Length);
        if (!_incoming.TryDequeue(out var chunk))
            return _ended ? 0 : null;

        var count = Math.Min(buffer.Length, chunk.Length);
        chunk[..count].CopyTo(buffer);
        if (count < chunk.Length)
        {
            var rest = _incoming.ToArray();
            _incoming.Clear();
            _incoming.Enqueue(chunk[count..]);
            foreach (var later in rest)
                _incoming.Enqueue(later);
        }

        return count;
    }

    private void Signal()
    {
        _idle = NewSignal();
        _isWaiting = false;
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
