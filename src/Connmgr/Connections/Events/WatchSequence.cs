namespace Connmgr;

/// <summary>The events since a watcher began.</summary>
/// <typeparam name="T">The type of an event.</typeparam>
internal interface IWatch<T> : IDisposable
{
    /// <summary>Enumerates what happens from the beginning of the watch on. Called once.</summary>
    IAsyncEnumerable<T> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>
/// A sequence of events that begins when an enumerator is got. An iterator would begin at the first move, and miss what happens between the
/// two, such as the events of a start.
/// </summary>
/// <typeparam name="T">The type of an event.</typeparam>
/// <param name="begin">The function that begins to watch.</param>
/// <param name="cancellationToken">Ends each enumeration.</param>
internal sealed class WatchSequence<T>(Func<IWatch<T>> begin, CancellationToken cancellationToken) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken enumeration = default)
    {
        var watch = begin();
        return new Enumerator(watch, watch.ReadAsync(cancellationToken).GetAsyncEnumerator(enumeration));
    }

    /// <summary>Ends the watch with the enumeration, also when that never moved.</summary>
    private sealed class Enumerator(IWatch<T> watch, IAsyncEnumerator<T> events) : IAsyncEnumerator<T>
    {
        public T Current => events.Current;

        public ValueTask<bool> MoveNextAsync() => events.MoveNextAsync();

        public async ValueTask DisposeAsync()
        {
            try
            {
                await events.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                watch.Dispose();
            }
        }
    }
}
