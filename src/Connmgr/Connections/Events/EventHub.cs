using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Connmgr;

/// <summary>Publishes events to watchers. Costs one field read if there are none. Publishing never waits.</summary>
internal sealed class EventHub(TimeProvider timeProvider, Action onDropped)
{
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider = timeProvider;
    private readonly Action _onDropped = onDropped;
    private ImmutableArray<Watcher> _watchers = [];
    private bool _isComplete;

    /// <summary>Publishes an event, which is created only if there are watchers. Used by the loop only.</summary>
    public void Publish<T>(Func<DateTimeOffset, T, ConnectionEvent> make, T state)
    {
        var watchers = _watchers;
        if (watchers.IsEmpty)
            return;
        var connectionEvent = make(_timeProvider.GetUtcNow(), state);
        foreach (var watcher in watchers)
            watcher.Add(connectionEvent);
    }

    /// <summary>Ends all watchers: no event follows.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Complete();
            _watchers = [];
        }
    }

    /// <summary>Begins to watch.</summary>
    public Watcher Watch()
    {
        var watcher = new Watcher(this);
        lock (_lock)
        {
            if (_isComplete)
                watcher.Complete();
            else
                _watchers = _watchers.Add(watcher);
        }

        return watcher;
    }

    /// <summary>Enumerates the events from when an enumerator is got.</summary>
    public IAsyncEnumerable<ConnectionEvent> WatchAsync(CancellationToken cancellationToken) => new WatchSequence<ConnectionEvent>(Watch, cancellationToken);

    /// <summary>A watcher: a bounded buffer that loses its oldest events, and counts them.</summary>
    internal sealed class Watcher : IWatch<ConnectionEvent>
    {
        private readonly EventHub _hub;
        private readonly Channel<ConnectionEvent> _events;
        private int _dropped;

        public Watcher(EventHub hub)
        {
            _hub = hub;
            _events = Channel.CreateBounded<ConnectionEvent>(
                new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
                _ =>
                {
                    Interlocked.Increment(ref _dropped);
                    hub._onDropped();
                });
        }

        public ChannelReader<ConnectionEvent> Events => _events.Reader;

        public void Add(ConnectionEvent connectionEvent) => _events.Writer.TryWrite(connectionEvent);

        public void Complete() => _events.Writer.TryComplete();

        public int TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

        public async IAsyncEnumerable<ConnectionEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using (this)
            {
                while (await Events.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    while (Events.TryRead(out var connectionEvent))
                    {
                        if (TakeDropped() is > 0 and var dropped)
                            yield return new EventsDropped(_hub._timeProvider.GetUtcNow(), dropped);
                        yield return connectionEvent;
                    }
                }
            }
        }

        /// <summary>Removes all buffered events.</summary>
        /// <returns>True if an event is of the kind, or if a lost event may have been.</returns>
        public bool TakeAny(Predicate<ConnectionEvent> isOfKind)
        {
            var any = TakeDropped() > 0;
            while (_events.Reader.TryRead(out var connectionEvent))
                any |= isOfKind(connectionEvent);
            return any;
        }

        public void Dispose()
        {
            lock (_hub._lock)
                _hub._watchers = _hub._watchers.Remove(this);
        }
    }
}
