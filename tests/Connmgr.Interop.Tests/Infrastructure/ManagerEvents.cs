namespace Connmgr.Interop;

/// <summary>The events of a manager in order, to wait for. For one test method: not thread-safe.</summary>
internal sealed class ManagerEvents : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _end = new();
    private readonly IAsyncEnumerator<ConnectionEvent> _events;
    private readonly List<ConnectionEvent> _seen = [];
    private Task<bool> _next;

    /// <summary>Watches from here on.</summary>
    public ManagerEvents(ConnectionManager manager)
    {
        _events = manager.WatchAsync(_end.Token).GetAsyncEnumerator(CancellationToken.None);
        _next = _events.MoveNextAsync().AsTask();
    }

    /// <summary>What <see cref="NextAsync"/> has passed by or returned.</summary>
    public IReadOnlyList<ConnectionEvent> Seen => _seen;

    /// <summary>The next event of a type that is as wanted; those before it are passed by. Fails the test after a minute.</summary>
    public async Task<T> NextAsync<T>(CancellationToken cancellationToken, Func<T, bool>? wanted = null)
        where T : ConnectionEvent
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (await _next.WaitAsync(either.Token))
            {
                var current = _events.Current;
                _next = _events.MoveNextAsync().AsTask();
                _seen.Add(current);
                Assert.IsNotType<EventsDropped>(current);
                if (current is T found && (wanted is null || wanted(found)))
                {
                    return found;
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail($"Waited {Patience.TotalSeconds} s for {typeof(T).Name}; there were:\n{string.Join('\n', _seen)}");
        }

        throw new InvalidOperationException($"The manager stopped without the {typeof(T).Name}; there were:\n{string.Join('\n', _seen)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _next;
        }
        catch (OperationCanceledException)
        {
            // As it was asked to.
        }

        await _events.DisposeAsync();
        _end.Dispose();
    }
}
