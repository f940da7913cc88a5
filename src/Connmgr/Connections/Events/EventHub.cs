using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Connmgr;

/// <summary>Gives events to those who watch. Costs one look at a field when nobody does. Publishing never waits.</summary>
internal sealed class EventHub(TimeProvider timeProvider)
{
    private const int Capacity = 1024;

    private readonly Lock _gate = new();
    private ImmutableArray<Watcher> _watchers = [];
    private bool _isComplete;

    /// <summary>Publishes an event, made only when somebody watches. Of the loop.</summary>
    public void Publish<T>(Func<DateTimeOffset, T, ConnectionEvent> make, T state)
    {
        var watchers = _watchers;
        if (watchers.IsEmpty)
            return;
        var connectionEvent = make(timeProvider.GetUtcNow(), state);
        foreach (var watcher in watchers)
            watcher.Channel.Writer.TryWrite(connectionEvent);
    }

    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Channel.Writer.TryComplete();
            _watchers = [];
        }
    }

    public async IAsyncEnumerable<ConnectionEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new Watcher();
        lock (_gate)
        {
            if (_isComplete)
                yield break;
            _watchers = _watchers.Add(watcher);
        }

        try
        {
            while (await watcher.Channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (watcher.Channel.Reader.TryRead(out var connectionEvent))
                {
                    if (watcher.TakeDropped() is > 0 and var dropped)
                        yield return new EventsDropped(timeProvider.GetUtcNow(), dropped);
                    yield return connectionEvent;
                }
            }
        }
        finally
        {
            lock (_gate)
                _watchers = _watchers.Remove(watcher);
        }
    }

    private sealed class Watcher
    {
        private int _dropped;

        public Watcher() => Channel = System.Threading.Channels.Channel.CreateBounded<ConnectionEvent>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));

        public Channel<ConnectionEvent> Channel { get; }

        public int TakeDropped() => Interlocked.Exchange(ref _dropped, 0);
    }
}
