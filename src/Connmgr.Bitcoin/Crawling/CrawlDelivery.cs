using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Takes finished visits to the frontier and to the program, in batches: whatever has finished while the batch before was under way. Adds
/// the addresses that a visit found before its result, so a round never ends between the two. A visit that nothing answered is kept back until
/// <see cref="OutageWatch"/> knows what it was.
/// </summary>
internal sealed class CrawlDelivery(NetworkCrawlerOptions options, FrontierLink link, LeaseKeeper keeper, OutageWatch outage, CrawlMetrics metrics, ILogger logger)
{
    private const int MostAtOnce = 256;

    // Bounded by the number of visits at one time: they count until they are delivered.
    // Null only wakes the loop.
    private readonly Channel<FinishedVisit?> _finished = Channel.CreateUnbounded<FinishedVisit?>(new() { SingleReader = true });
    private int _isWoken; // Interlocked: one null at a time.
    private long _visits; // The counters are written by the loop alone.
    private long _reached;
    private long _abandoned;

    /// <summary>The number of visits that were accepted.</summary>
    public long Visits => Interlocked.Read(ref _visits);

    /// <summary>The number of those that reached their node.</summary>
    public long Reached => Interlocked.Read(ref _reached);

    /// <summary>The number of visits without effect.</summary>
    public long Abandoned => Interlocked.Read(ref _abandoned);

    /// <summary>Hands a visit over.</summary>
    /// <param name="active">The visit.</param>
    /// <param name="visit">Its outcome; null when there was none.</param>
    /// <param name="isSkipped">True to leave the address out of the round; otherwise an address without outcome is due again.</param>
    public void Post(ActiveVisit active, CrawlVisit? visit, bool isSkipped) => _finished.Writer.TryWrite(new FinishedVisit(active, visit, isSkipped));

    /// <summary>Looks at the visits that are kept back.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
            _finished.Writer.TryWrite(null);
    }

    /// <summary>Ends the loop once it has delivered everything.</summary>
    public void Complete() => _finished.Writer.TryComplete();

    /// <summary>Delivers visits until <see cref="Complete"/> is called.</summary>
    /// <param name="onDelivered">The callback after each batch.</param>
    /// <param name="cancellationToken">Gives up the rest, whose leases then expire.</param>
    public async Task RunAsync(Action onDelivered, CancellationToken cancellationToken)
    {
        var batch = new List<FinishedVisit>(MostAtOnce);
        while (await _finished.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (batch.Count < MostAtOnce && _finished.Reader.TryRead(out var finished))
            {
                if (finished is not { } visit)
                    Volatile.Write(ref _isWoken, 0);
                else if (visit.IsSilent)
                    outage.Add(visit);
                else
                    batch.Add(visit);
            }

            var (failed, undone) = outage.Take();
            batch.AddRange(failed);
            batch.AddRange(undone.Select(static visit => visit with { Visit = null }));
            await EndAsync(batch, cancellationToken).ConfigureAwait(false);
            onDelivered();
        }

        batch.AddRange(outage.TakeAll().Select(static visit => visit with { Visit = null }));
        await EndAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync(List<FinishedVisit> batch, CancellationToken cancellationToken)
    {
        await DeliverAsync(batch, cancellationToken).ConfigureAwait(false);
        foreach (var (active, _, _) in batch)
        {
            keeper.Remove(active);
            active.Dispose();
        }

        batch.Clear();
    }

    private async Task DeliverAsync(List<FinishedVisit> batch, CancellationToken cancellationToken)
    {
        var done = batch.FindAll(static each => each.Visit is not null || each.IsSkipped);
        for (var i = 0; i < done.Count; i++)
        {
            if (done[i].Visit is { Addresses.IsEmpty: false } visit)
            {
                var added = await link.CallAsync((frontier, token) => frontier.AddAsync(visit.Addresses.AsMemory(), token), cancellationToken).ConfigureAwait(false);
                done[i] = done[i] with { Visit = visit with { NewAddresses = added } };
            }
        }

        if (done.Count > 0)
        {
            var results = done.ConvertAll(CreateResult).ToArray();
            var accepted = await link.CallAsync((frontier, token) => frontier.CompleteAsync(results, token), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < accepted.Length; i++)
            {
                if (accepted[i] && done[i].Visit is { } visit)
                    await AcceptAsync(visit, cancellationToken).ConfigureAwait(false);
                else
                    Lose(done[i], accepted[i]);
            }
        }

        if (done.Count == batch.Count)
            return;
        var leases = batch.FindAll(static each => each.Visit is null && !each.IsSkipped).ConvertAll(static each => each.Active.Lease).ToArray();
        Interlocked.Add(ref _abandoned, leases.Length);
        await link.CallAsync(
            async (frontier, token) =>
            {
                await frontier.ReleaseAsync(leases, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private FrontierResult CreateResult(FinishedVisit finished)
    {
        if (finished.Visit is not { } visit)
            return new(finished.Active.Lease, IsReachable: false) { IsSkipped = true };
        return !visit.IsReachable ? new(finished.Active.Lease, IsReachable: false) : new(finished.Active.Lease, IsReachable: true)
        {
            Services = (ulong)visit.Version!.Services,
            Record = options.CreateRecord?.Invoke(visit) ?? default,
        };
    }

    private ValueTask AcceptAsync(CrawlVisit visit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _visits);
        if (visit.IsReachable)
            Interlocked.Increment(ref _reached);
        metrics.Visited(visit);
        return options.OnVisit?.Invoke(visit, cancellationToken) ?? ValueTask.CompletedTask;
    }

    private void Lose(FinishedVisit finished, bool isAccepted)
    {
        Interlocked.Increment(ref _abandoned);
        if (!isAccepted)
            CrawlLog.LeaseLost(logger, finished.Active.Lease.EndPoint);
    }
}
