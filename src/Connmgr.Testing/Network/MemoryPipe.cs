namespace Connmgr.Testing;

/// <summary>
/// One direction of a <see cref="MemoryLink"/>: a bounded queue of bytes with one reader and one writer. Everything is guarded by the
/// link's lock.
/// </summary>
/// <param name="link">The connection it belongs to.</param>
/// <param name="pace">The pace at which bytes become readable; null for at once.</param>
internal sealed class MemoryPipe(MemoryLink link, SendRate? pace)
{
    private RingBuffer _buffer;
    private PipeOperation? _read;
    private PipeOperation? _write;
    private PipeEnd _readerEnd;
    private PipeEnd _writerEnd;
    private bool _reset;

    // With a pace: the number of buffered bytes that have arrived, and of those that may still arrive in the current interval.
    private NetworkTimer? _paceTimer;
    private bool _inInterval;
    private int _arrived;
    private int _allowance;

    private int Readable => pace is null ? _buffer.Count : _arrived;

    public ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        PipeOperation? operation = null;
        var read = 0;
        Aftermath after = default;
        lock (link.Lock)
        {
            if (_read is { InUse: true }) return ValueTask.FromException<int>(LinkErrors.Busy("read"));
            if (_readerEnd == PipeEnd.Disposed) return ValueTask.FromException<int>(LinkErrors.Disposed());
            if (_readerEnd == PipeEnd.Aborted) return ValueTask.FromException<int>(LinkErrors.Aborted());
            if (Readable > 0)
            {
                read = TakeArrived(target.Span);
                Refill(ref after);
            }
            else if (_reset)
            {
                return ValueTask.FromException<int>(LinkErrors.Reset());
            }
            else if (_writerEnd == PipeEnd.Open || _buffer.Count > 0)
            {
                operation = _read ??= new PipeOperation(link);
                operation.Start(target, default, cancellationToken);
            }
        }

        after.Run();
        if (operation is null) return ValueTask.FromResult(read);
        operation.ObserveCancellation(cancellationToken);
        return new ValueTask<int>(operation, operation.Version);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        PipeOperation? operation = null;
        Exception? error = null;
        Aftermath after = default;
        lock (link.Lock)
        {
            if (_write is { InUse: true }) return ValueTask.FromException(LinkErrors.Busy("write"));
            if (WriteError() is { } closed) return ValueTask.FromException(closed);
            var accepted = Accept(source.Span, ref after);
            var rest = source[accepted..];
            link.Spend(accepted, ref after);
            if (rest.Length > 0 && _reset)
            {
                error = LinkErrors.Reset();
            }
            else if (rest.Length > 0)
            {
                operation = _write ??= new PipeOperation(link);
                operation.Start(default, rest, cancellationToken);
            }
        }

        if (operation is null)
        {
            after.Run();
            return error is null ? ValueTask.CompletedTask : ValueTask.FromException(error);
        }

        after.Run();
        operation.ObserveCancellation(cancellationToken);
        return new ValueTask(operation, operation.Version);
    }

    /// <summary>Closes the writer's end; the reader still receives all that was sent. Called under the lock.</summary>
    public void CloseWriter(PipeEnd end, ref Aftermath after)
    {
        if (_writerEnd != PipeEnd.Disposed) _writerEnd = end;
        if (_write is { IsWaiting: true }) Fail(_write, ClosedHere(end), ref after);
        if (_read is { IsWaiting: true } && _buffer.Count == 0)
        {
            _read.Finish(0);
            after.Complete(_read);
        }
    }

    /// <summary>Closes the reader's end; unread bytes are lost and writes fail. Called under the lock.</summary>
    public void CloseReader(PipeEnd end, ref Aftermath after)
    {
        if (_readerEnd != PipeEnd.Disposed) _readerEnd = end;
        Discard(0, ref after);
        if (_read is { IsWaiting: true }) Fail(_read, ClosedHere(end), ref after);
        if (_write is { IsWaiting: true }) Fail(_write, LinkErrors.PeerClosed(), ref after);
    }

    /// <summary>Resets the pipe. As on Linux, bytes that have arrived can still be read; the error follows. Called under the lock.</summary>
    public void Reset(ref Aftermath after)
    {
        if (_reset) return;
        _reset = true;
        Discard(Readable, ref after);
        if (_read is { IsWaiting: true }) Fail(_read, LinkErrors.Reset(), ref after);
        if (_write is { IsWaiting: true }) Fail(_write, LinkErrors.Reset(), ref after);
    }

    /// <summary>Starts the timer that lets bytes arrive. Called without the lock.</summary>
    public void StartPaceTimer()
    {
        var timer = link.CreateTimer(OnPaceTick);
        bool wanted;
        lock (link.Lock)
        {
            wanted = _inInterval && _paceTimer is null;
            if (wanted) _paceTimer = timer;
        }

        if (wanted) timer.Start(pace!.Interval, pace.Interval);
        else timer.Dispose();
    }

    private static IOException ClosedHere(PipeEnd end) =>
        end == PipeEnd.Aborted ? LinkErrors.Aborted() : LinkErrors.OperationAborted();

    private static void Fail(PipeOperation operation, Exception error, ref Aftermath after)
    {
        operation.Fail(error);
        after.Complete(operation);
    }

    private Exception? WriteError()
    {
        if (_writerEnd == PipeEnd.Disposed) return LinkErrors.Disposed();
        if (_writerEnd == PipeEnd.Aborted) return LinkErrors.Aborted();
        if (_reset) return LinkErrors.Reset();
        return _readerEnd == PipeEnd.Open ? null : LinkErrors.PeerClosed();
    }

    /// <summary>
    /// Takes in as many bytes as there is room for, completes a waiting read, and returns their number. The rest did not fit into the buffer
    /// or into the link's allowance.
    /// </summary>
    private int Accept(ReadOnlySpan<byte> source, ref Aftermath after)
    {
        source = source[..link.Allow(source.Length)];
        var accepted = pace is null ? HandOver(source, ref after) : 0;
        while (accepted < source.Length)
        {
            var count = Math.Min(link.StreamCapacity - _buffer.Count, source.Length - accepted);
            if (count == 0) break;
            _buffer.Append(source.Slice(accepted, count));
            accepted += count;
            LetArrive(ref after);
            FeedReader(ref after);
        }

        return accepted;
    }

    /// <summary>Copies bytes from the writer directly to a waiting read, without a buffer.</summary>
    private int HandOver(ReadOnlySpan<byte> source, ref Aftermath after)
    {
        if (_buffer.Count > 0 || source.IsEmpty || _read is not { IsWaiting: true, Target.Length: > 0 } read) return 0;
        var count = Math.Min(read.Target.Length, source.Length);
        source[..count].CopyTo(read.Target.Span);
        read.Finish(count);
        after.Complete(read);
        return count;
    }

    private void FeedReader(ref Aftermath after)
    {
        if (Readable == 0 || _read is not { IsWaiting: true } read) return;
        read.Finish(TakeArrived(read.Target.Span));
        after.Complete(read);
    }

    private int TakeArrived(Span<byte> target)
    {
        var count = Math.Min(target.Length, Readable);
        _buffer.Take(target[..count]);
        if (pace is not null) _arrived -= count;
        return count;
    }

    /// <summary>Takes in more of a waiting write after room was made.</summary>
    private void Refill(ref Aftermath after)
    {
        if (_write is not { IsWaiting: true } write) return;
        var accepted = Accept(write.Rest.Span, ref after);
        write.Rest = write.Rest[accepted..];
        if (write.Rest.Length == 0)
        {
            write.Finish(0);
            after.Complete(write);
        }

        // Last: it may reset the link, which must not affect a write that is complete.
        link.Spend(accepted, ref after);
    }

    private void LetArrive(ref Aftermath after)
    {
        if (pace is null || _buffer.Count == _arrived) return;
        if (!_inInterval)
        {
            _inInterval = true;
            _allowance = pace.Bytes;
            after.StartPace(this);
        }

        var count = Math.Min(_allowance, _buffer.Count - _arrived);
        _arrived += count;
        _allowance -= count;
    }

    private void OnPaceTick()
    {
        Aftermath after = default;
        lock (link.Lock)
        {
            if (!_inInterval) return;
            if (_buffer.Count == _arrived)
            {
                EndInterval(ref after);
            }
            else
            {
                _allowance = pace!.Bytes;
                LetArrive(ref after);
                FeedReader(ref after);
                Refill(ref after);
            }
        }

        after.Run();
    }

    private void EndInterval(ref Aftermath after)
    {
        _inInterval = false;
        after.Stop(_paceTimer);
        _paceTimer = null;
    }

    private void Discard(int keep, ref Aftermath after)
    {
        _buffer.Truncate(keep);
        if (pace is null) return;
        _arrived = keep;
        EndInterval(ref after);
    }
}

/// <summary>The state of one end of a <see cref="MemoryPipe"/>.</summary>
internal enum PipeEnd
{
    Open,

    /// <summary>Disposed by its owner.</summary>
    Disposed,

    /// <summary>Closed by the network; its owner still has to dispose it.</summary>
    Aborted,
}
