using System.Collections.Concurrent;

namespace Connmgr.Bitcoin;

/// <summary>
/// Renews the leases of the visits that are under way, and ends the visits whose lease was lost, or could not be renewed in time.
/// Thread-safe.
/// </summary>
internal sealed class LeaseKeeper(FrontierLink link, LeaseClock clock, TimeProvider time, TimeSpan leasePeriod)
{
    private const int MostAtOnce = 500;

    private readonly ConcurrentDictionary<ActiveVisit, byte> _visits = [];
    private int _count; // Of _visits, which counts under its locks. Interlocked.

    /// <summary>The number of visits.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The tasks of all visits.</summary>
    public IEnumerable<Task> Tasks => _visits.Keys.Select(static visit => visit.Task);

    public void Add(ActiveVisit visit)
    {
        Interlocked.Increment(ref _count);
        _visits.TryAdd(visit, 0);
    }

    public void Remove(ActiveVisit visit)
    {
        if (_visits.TryRemove(visit, out _))
            Interlocked.Decrement(ref _count);
    }

    /// <summary>Renews leases until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(leasePeriod / 4, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellationToken.IsCancellationRequested)
                await RenewAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        foreach (var visits in _visits.Keys.Chunk(MostAtOnce))
        {
            var asked = clock.Now;
            try
            {
                var held = await link.TryAsync(
                    (frontier, token) => frontier.RenewAsync(Array.ConvertAll(visits, static visit => visit.Lease), token), cancellationToken).ConfigureAwait(false);
                for (var i = 0; i < visits.Length; i++)
                    visits[i].HeldUntil = held[i] ? asked + leasePeriod : TimeSpan.Zero;
            }
            catch (FrontierUnavailableException)
            {
                // The next time is soon; until then the leases may be held.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // One that will end before the next time counts as lost: no other may begin while it goes on.
            foreach (var visit in visits.Where(visit => visit.HeldUntil - (leasePeriod / 4) <= clock.Now))
                await visit.EndAsync().ConfigureAwait(false);
        }
    }
}
