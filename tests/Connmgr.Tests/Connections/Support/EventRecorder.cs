namespace Connmgr.Tests.Connections;

/// <summary>Watches a manager's events from now on. They are read after the stop, when the manager has ended the enumeration.</summary>
internal sealed class EventRecorder
{
    private readonly IAsyncEnumerator<ConnectionEvent> _events;
    private readonly Task<bool> _first;

    public EventRecorder(ConnectionManager manager)
    {
        _events = manager.WatchAsync(CancellationToken.None).GetAsyncEnumerator();
        _first = _events.MoveNextAsync().AsTask();
    }

    /// <summary>Completes once the first event has been taken; the watcher then takes no more until it is asked to.</summary>
    public Task FirstAsync() => _first;

    public async Task<List<ConnectionEvent>> AllAsync()
    {
        var all = new List<ConnectionEvent>();
        for (var has = await _first; has; has = await _events.MoveNextAsync())
            all.Add(_events.Current);
        await _events.DisposeAsync();
        return all;
    }

    public async Task<List<T>> AllAsync<T>()
        where T : ConnectionEvent => [.. (await AllAsync()).OfType<T>()];
}
