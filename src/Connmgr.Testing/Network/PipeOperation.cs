using System.Threading.Tasks.Sources;

namespace Connmgr.Testing;

/// <summary>
/// A waiting read or write. One object serves all reads, or all writes, of a pipe, one after another. Its state changes under the link's
/// lock; the waiter continues outside of it.
/// </summary>
internal sealed class PipeOperation : IValueTaskSource<int>, IValueTaskSource, ICompletion
{
    private readonly MemoryLink _link;
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private Exception? _error;
    private int _result;
    private volatile State _state;

    public PipeOperation(MemoryLink link)
    {
        _link = link;
        _core.RunContinuationsAsynchronously = !link.RunContinuationsInline;
    }

    private enum State
    {
        Free,
        Waiting,
        Decided,
    }

    /// <summary>True from the start until the waiter has taken the outcome.</summary>
    public bool InUse => _state != State.Free;

    public bool IsWaiting => _state == State.Waiting;

    /// <summary>The destination of a read. Empty for one that only waits for bytes.</summary>
    public Memory<byte> Target { get; private set; }

    /// <summary>The bytes that a write still has to pass on.</summary>
    public ReadOnlyMemory<byte> Rest { get; set; }

    public short Version => _core.Version;

    public void Start(Memory<byte> target, ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        Target = target;
        Rest = rest;
        _token = cancellationToken;
        _state = State.Waiting;
    }

    public void Finish(int result)
    {
        _result = result;
        Decide();
    }

    public void Fail(Exception error)
    {
        _error = error;
        Decide();
    }

    /// <summary>Registers the cancellation. Called without the lock, after <see cref="Start"/> and before the caller receives the operation.</summary>
    public void ObserveCancellation(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        var registration = cancellationToken.UnsafeRegister(static (state, token) => ((PipeOperation)state!).Cancel(token), this);
        lock (_link.Lock)
        {
            if (IsWaiting)
            {
                _registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    /// <summary>Lets the waiter continue. Called without the lock, once the outcome is known.</summary>
    public void SignalCompletion()
    {
        _registration.Unregister();
        _registration = default;
        if (_link.RunContinuationsInline) InlineCompletions.Run(this);
        else Complete();
    }

    public void Complete()
    {
        if (_error is { } error) _core.SetException(error);
        else _core.SetResult(_result);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public int GetResult(short token)
    {
        // Throws for a token of another operation and for one that is not complete, before anything is changed.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The operation is not complete yet. Await it.");
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _error = null;
            _state = State.Free;
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    private void Decide()
    {
        Target = default;
        Rest = default;
        _state = State.Decided;
    }

    private void Cancel(CancellationToken token)
    {
        lock (_link.Lock)
        {
            // A late call for an earlier operation does not affect the current one, unless that has the same token.
            if (!IsWaiting || _token != token) return;
            Fail(new OperationCanceledException(token));
        }

        SignalCompletion();
    }
}
